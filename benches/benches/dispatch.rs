//! What does one dispatch cost, through no middleware and through three?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{Criterion, criterion_group, criterion_main};
use foregone_benches::{Cpu, bare_counter, counter, criterion};
use std::hint::black_box;

fn dispatch(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("dispatch");
    let bare = bare_counter();
    group.bench_function("bare", |bencher| bencher.iter(|| bare.dispatch(black_box(1))));
    for middlewares in [0, 3] {
        let store = counter(middlewares);
        group.bench_function(format!("{middlewares} middlewares"), |bencher| {
            bencher.iter(|| drop(store.dispatch(black_box(1))));
        });
    }
}

criterion_group! { name = benches; config = criterion(Cpu::Thread); targets = dispatch }
criterion_main!(benches);
