//! What does it cost to tell subscribers?

#![allow(missing_docs, reason = "criterion's macros make the functions")]

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use foregone_benches::{Cpu, bare_counter, callbacks, counter, criterion, subscribe};
use std::hint::black_box;

fn subscribers(criterion: &mut Criterion<Cpu>) {
    let mut group = criterion.benchmark_group("subscribers");
    for subscribers in [0, 1, 100, 10_000] {
        group.throughput(Throughput::Elements(subscribers.max(1) as u64));
        let (bare, mut callbacks) = (bare_counter(), callbacks(subscribers));
        group.bench_function(BenchmarkId::new("bare", subscribers), |bencher| {
            bencher.iter(|| {
                bare.dispatch(black_box(1));
                let count = bare.state();
                for callback in black_box(&mut callbacks) {
                    callback(&count);
                }
            });
        });
        let store = counter(0);
        let _watching = subscribe(&store, subscribers);
        group.bench_function(BenchmarkId::new("store", subscribers), |bencher| {
            bencher.iter(|| drop(store.dispatch(black_box(1))));
        });
    }
}

criterion_group! { name = benches; config = criterion(Cpu::Thread); targets = subscribers }
criterion_main!(benches);
