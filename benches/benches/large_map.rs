//! What does one update cost in a persistent map of 100,000 entries?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use foregone_benches::{Cpu, bench, criterion};

fn large_map(criterion: &mut Criterion<Cpu>) {
    bench(criterion, &["large_map", "large_map_in_place"]);
}

criterion_group! { name = benches; config = criterion(Cpu::Thread); targets = large_map }
criterion_main!(benches);
