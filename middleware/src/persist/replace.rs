//! A file is replaced as a whole, or not at all.

use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Whatever interrupts it, the file holds either what it held before or all of `bytes`.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A rename would put the file in the place of a link to it.
    let path = match fs::canonicalize(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        found => found?,
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder)?;
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(".");
    let mut file = tempfile::Builder::new().prefix(&name).suffix(".tmp").tempfile_in(folder)?;
    file.write_all(bytes)?;
    if let Ok(old) = fs::metadata(&path) {
        file.as_file().set_permissions(old.permissions())?;
    }
    // On the disk before it takes the old one's place: else a power cut may leave an empty file.
    file.as_file().sync_all()?;
    file.persist(&path)?;
    sync(folder)
}

/// Makes the new name last. Elsewhere than on Unix, a folder is not a file that could be opened.
#[cfg(unix)]
fn sync(folder: &Path) -> io::Result<()> {
    fs::File::open(folder)?.sync_all()
}

#[cfg(not(unix))]
fn sync(_folder: &Path) -> io::Result<()> {
    Ok(())
}

/// Moves a file to the first name beside it that is free: `NAME.bad`, `NAME.bad-2`, ….
pub(super) fn set_aside(path: &Path) -> io::Result<PathBuf> {
    fs::symlink_metadata(path)?;
    let mut number = 1_u64;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(if number == 1 { ".bad".to_owned() } else { format!(".bad-{number}") });
        let aside = PathBuf::from(name);
        // A file of our own takes the name first, so that the rename replaces nobody else's.
        match fs::File::create_new(&aside) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
            Ok(_) => {
                return fs::rename(path, &aside).map(|()| aside.clone()).inspect_err(|_| {
                    let _ = fs::remove_file(&aside);
                });
            }
        }
    }
}
