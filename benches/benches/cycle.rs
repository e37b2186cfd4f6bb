//! What does it cost from a tap to its outcome?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use foregone_benches::{Cpu, bench, criterion};

fn cycle(criterion: &mut Criterion<Cpu>) {
    bench(criterion, &["cycle"]);
}

criterion_group! { name = benches; config = criterion(Cpu::Thread); targets = cycle }
criterion_main!(benches);
