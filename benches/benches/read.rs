//! What does it cost to read the state, at rest and under a writer that never stops?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use foregone_benches::{Cpu, bench, criterion};

fn read(criterion: &mut Criterion<Cpu>) {
    bench(criterion, &["read", "read_under_writer"]);
}

criterion_group! { name = benches; config = criterion(Cpu::Thread); targets = read }
criterion_main!(benches);
