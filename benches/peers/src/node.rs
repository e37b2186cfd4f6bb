//! The JavaScript peers, where `node` is present.

use crate::machine::output;
use crate::{Burst, Ends, InFlight, Sample};
use serde::de::DeserializeOwned;
use std::path::Path;
use std::process::Command;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/node");

const CASES: [&str; 8] = [
    "dispatch",
    "3 middlewares",
    "1 subscriber",
    "100 subscribers",
    "10,000 subscribers",
    "read",
    "map of 100,000",
    "map of 100,000, integer keys",
];

/// Taps of a burst and keys in flight, as many as each takes in about half a minute.
const TAPPED: [(&str, u32, u32); 4] = [
    ("TanStack Query", 100_000, 10_000),
    ("TanStack Query, scoped", 20_000, 5_000),
    ("RTK Query", 2_000, 2_000),
    ("TanStack DB", 2_000, 2_000),
];

/// An engine with the packages installed.
#[derive(Debug)]
pub struct Node {
    /// Its version and theirs.
    pub versions: String,
}

impl Node {
    /// None where there is no `node`, or nothing to install from.
    #[must_use]
    pub fn find() -> Option<Self> {
        let version = Command::new("node").arg("--version").output().ok()?.stdout;
        if !Path::new(SCRIPTS).join("node_modules").exists() {
            let install = ["install", "--no-package-lock", "--silent"];
            Command::new("npm").current_dir(SCRIPTS).args(install).status().ok()?.success().then_some(())?;
        }
        let peers = ["redux", "@reduxjs/toolkit", "immer", "@tanstack/query-core", "@tanstack/db"];
        let peers = peers.map(|peer| {
            let read = format!("JSON.parse(fs.readFileSync('node_modules/{peer}/package.json')).version");
            let version = output(Command::new("node").current_dir(SCRIPTS).args(["-p", &read]));
            format!("{peer} {version}")
        });
        let version = String::from_utf8_lossy(&version);
        Some(Self { versions: format!("node {}, {}", version.trim(), peers.join(", ")) })
    }

    /// Redux and Redux Toolkit in all their cases.
    #[must_use]
    pub fn cases(&self) -> Vec<Sample> {
        let each = |name| CASES.iter().flat_map(move |case| run("redux.mjs", &[name, case]));
        ["Redux", "Redux Toolkit"].into_iter().flat_map(each).collect()
    }

    /// Bursts of taps.
    #[must_use]
    pub fn bursts(&self) -> Vec<Burst> {
        let burst = |(name, taps, _)| run("taps.mjs", &[name, "burst", "1000", &u32::to_string(&taps)]);
        TAPPED.into_iter().flat_map(burst).collect()
    }

    /// Memory of keys in flight.
    #[must_use]
    pub fn in_flight(&self) -> Vec<InFlight> {
        let held = |(name, _, keys)| run("taps.mjs", &[name, "in flight", &u32::to_string(&keys)]);
        TAPPED.into_iter().flat_map(held).collect()
    }

    /// The six overlaps.
    #[must_use]
    pub fn overlaps(&self) -> Vec<Ends> {
        run("overlaps.mjs", &[])
    }
}

fn run<T: DeserializeOwned>(script: &str, arguments: &[&str]) -> Vec<T> {
    let mut node = Command::new("node");
    node.current_dir(SCRIPTS).env("NODE_ENV", "production").arg("--expose-gc").arg(script).args(arguments);
    let told = output(&mut node);
    told.lines().map(|line| serde_json::from_str(line).expect("what the scripts print")).collect()
}
