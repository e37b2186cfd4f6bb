//! What does a tap cost while the request of its key is in flight?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use foregone_benches::{Cpu, bench, criterion};

fn tap(criterion: &mut Criterion<Cpu>) {
    bench(criterion, &["coalesced_tap"]);
}

criterion_group! { name = benches; config = criterion(Cpu::Thread); targets = tap }
criterion_main!(benches);
