// Redux and Redux Toolkit: dispatch, middleware, subscribers, a read, one entry of a large map.
import { applyMiddleware, legacy_createStore as createStore } from 'redux';
import { configureStore, createSlice } from '@reduxjs/toolkit';
import { assert, cost, print } from './measure.mjs';

const [, , name, which] = process.argv;
const ROUNDS = 9, LARGE = 100_000;
const passOn = () => (next) => (action) => next(action);

function counter(state = { applied: 0 }, action) {
  return action.type === 'counter/add' ? { applied: state.applied + action.payload } : state;
}
const slice = createSlice({
  name: 'counter',
  initialState: { applied: 0 },
  reducers: { add(state, { payload }) { state.applied += payload; } },
});

function counterStore(middlewares) {
  const plugs = Array.from({ length: middlewares }, () => passOn);
  return name === 'Redux'
    ? createStore(counter, applyMiddleware(...plugs))
    // Its thunk middleware is one that users keep; its checks are for development only, and off.
    : configureStore({ reducer: slice.reducer, middleware: (given) => given().concat(plugs) });
}

const entry = { integers: (n) => n, strings: (n) => `post-${n}` };
function largeStore(kind) {
  const posts = {};
  for (let n = 0; n < LARGE; n += 1) posts[entry[kind](n)] = false;
  const initialState = { applied: 0, posts };
  const set = createSlice({
    name: 'posts',
    initialState,
    reducers: {
      set(state, { payload }) { state.applied += 1; state.posts[payload.post] = payload.liked; },
    },
  });
  const reduce = (state = initialState, { type, payload }) => (type === 'posts/set'
    ? { applied: state.applied + 1, posts: { ...state.posts, [payload.post]: payload.liked } }
    : state);
  return name === 'Redux' ? createStore(reduce) : configureStore({ reducer: set.reducer });
}

function dispatching(store, action, times, watch = () => {}) {
  let applied = 0;
  return {
    times,
    run() {
      for (let n = applied; n < applied + times; n += 1) store.dispatch(action(n));
      applied += times;
      assert(store.getState().applied === applied, 'an action');
      watch(applied);
    },
  };
}
const add = () => ({ type: 'counter/add', payload: 1 });
// Always another value than before: setting the same one again is a shortcut in one of them.
const like = (kind) => (n) => ({
  type: 'posts/set', payload: { post: entry[kind]((n * 7919) % LARGE), liked: Math.floor(n / LARGE) % 2 === 0 },
});

function subscribed(count, times) {
  const store = counterStore(0), seen = new Float64Array(count);
  for (let n = 0; n < count; n += 1) store.subscribe(() => { seen[n] = store.getState().applied; });
  return dispatching(store, add, times, (applied) => assert(seen.every((last) => last === applied), 'a change'));
}
function reading(times) {
  const store = counterStore(0);
  let sum = 0;
  return { times, run() { for (let n = 0; n < times; n += 1) sum += store.getState().applied; assert(sum === 0, 'a read'); } };
}

const cases = {
  dispatch: () => dispatching(counterStore(0), add, 200_000),
  '3 middlewares': () => dispatching(counterStore(3), add, 200_000),
  '1 subscriber': () => subscribed(1, 200_000),
  '100 subscribers': () => subscribed(100, 20_000),
  '10,000 subscribers': () => subscribed(10_000, 200),
  read: () => reading(2_000_000),
  'map of 100,000': () => dispatching(largeStore('strings'), like('strings'), 10),
  'map of 100,000, integer keys': () => dispatching(largeStore('integers'), like('integers'), 50),
};

const { times, run } = cases[which]();
// The engine compiles what runs often; only then does it count.
for (let n = 0; n < 3; n += 1) run();
print({ name, case: which, costs: Array.from({ length: ROUNDS }, () => cost(times, run)) });
