//! What does a dispatch cost while three other threads dispatch as well?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use foregone_benches::{Cpu, bench, criterion};

fn threads(criterion: &mut Criterion<Cpu>) {
    bench(criterion, &["four_threads"]);
}

criterion_group! { name = benches; config = criterion(Cpu::Process); targets = threads }
criterion_main!(benches);
