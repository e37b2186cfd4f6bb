//! What the page says about itself. No figure is written here.

pub(super) const TITLE: &str = "# Benchmarks

Written by `cargo run --release -p foregone-peers`; nothing on this page is typed by hand.

";

pub(super) const METHOD: &str = "
Figures are medians of CPU time per operation, of all threads of the process (garbage collection and compilation in the
background included), over several passes in which the Rust stores are measured in turns. The ratio behind a figure is to
`foregone` in the same run: above 1× means that foregone is cheaper. Every measurement asserts that all actions were applied
and that every subscriber saw the last state.

## Goals

";

pub(super) const NOTES: &str = "
## What is not comparable

- **Queued dispatch.** redux-rs, rs-store, uniflow, tca-rs and rust-elm apply an action later, in a task or a thread. They
  are measured on a burst: all actions are dispatched, then it is awaited that all are applied, which is what suits a queue
  best. `dispatch, read it back` waits for each, which is what foregone does in every case. rs-store has no way to wait for
  one, and is left out there.
- **Executors.** Where one thread dispatches, the peers that run on an executor get a single-threaded one (their fastest);
  with 4 threads the multi-threaded one.
- **Waiting** for rs-store and rust-elm, and for all queued peers with 4 threads, is sleeping and looking again, which costs
  hardly any CPU time but some time on the clock.
- **Subscribers.** tca-rs and rust-elm have none that are called for each change: receivers are told that something has
  changed, many changes at once. So they are left out there, and with 1 or more subscribers so is their notification.
- **Middleware.** tca-rs and rust-elm have none. uniflow's wrap the reducer at compile time.
- **State.** tca-rs, rust-elm, `Mutex<S>` and `foregone, in place` change the state where it is; the others make a new one
  for each action, so that a snapshot stays what it was. What that costs is what `foregone` takes more than
  `foregone, in place`: to allocate the next state and to free the one before. A queue that edits in place, as the one of
  tca-rs does, saves that, and has to be compared with the latter.
- **Instructions** are those of callgrind, of all threads, executor included: how many there are repeats, how long they take
  depends on what the processor has at hand. They are left out where waiting is looking again and again.
- **A read** clones the state in all but foregone and `Mutex<Arc<S>>`, which clone an `Arc`, and tca-rs, which lends it under
  a lock. Here the state is one number, which clones for nothing.
- **JavaScript** has one thread, no lock to take and no atomic to count. Redux and Redux Toolkit keep the state of the
  counter in an object. All run with `NODE_ENV=production`. Each case runs in a process of its own, warmed up.
- **The map** is a persistent one in Rust; in Redux it is an object that the reducer spreads, in Redux Toolkit one that
  `createSlice` drafts, with strings and with small integers as keys. In Rust the keys are integers.
- **Taps** go to as many keys as stated, all within one turn of the event loop or executor, and the figure contains all
  requests and answers. Each library follows its own recipe for optimistic updates. Some get fewer taps, since each of theirs
  becomes dearer the more are in flight.
- **Memory in flight** is counted by the allocator in Rust and is the growth of the heap after garbage collection in
  JavaScript; the latter contains the mutations, not the queries, which were there before. `a bare task with a timer` is what
  tokio alone takes for as many requests. What foregone keeps beside that is the lane, the status that the screen may ask
  for (a persistent map, whose nodes are a quarter full with that many keys), who waits for the outcome, and the request's
  future, which the end of the store and a log-out can each cut short.
- **Overlaps** with a refetch come out right because the right answer is fetched, one more request for each tap.
";
