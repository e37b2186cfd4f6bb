// Taps: many on some keys while the server answers at once, or one on each of many keys while it does not answer.
import { assert, costAsync, heap, print, turn } from './measure.mjs';
import { Server } from './server.mjs';
import { rtkQuery } from './rtk-query.mjs';
import { tanstackDb } from './tanstack-db.mjs';
import { tanstackQuery } from './tanstack-query.mjs';

const [, , name, which, keys, taps] = process.argv.map((word) => (/^\d+$/.test(word) ? Number(word) : word));
const make = {
  'TanStack Query': tanstackQuery,
  'TanStack Query, scoped': (server, ids) => tanstackQuery(server, ids, { scoped: true }),
  'RTK Query': rtkQuery,
  'TanStack DB': tanstackDb,
}[name];
const ids = Array.from({ length: keys }, (_, id) => id);

async function burst() {
  const server = new Server();
  const app = await make(server, ids);
  server.reads = 0;
  const cost = await costAsync(taps, async () => {
    for (let n = 0; n < taps; n += 1) app.tap(n % keys, 1 + Math.floor(n / keys));
    await app.settled();
    await turn();
  });
  const last = Math.ceil(taps / keys);
  assert(ids.every((id) => app.shown(id) === last && server.values.get(id) === last), 'the last tap of a key');
  return { cost, taps, writes: server.writes, reads: server.reads };
}

async function inFlight() {
  const server = new Server('never');
  const app = await make(server, ids);
  const before = heap();
  for (const id of ids) app.tap(id, 1);
  for (let n = 0; n < 10; n += 1) await turn();
  const bytes = (heap() - before) / keys;
  assert(server.writes === keys && ids.every((id) => app.shown(id) === 1), 'a tap');
  return { bytes, keys };
}

print({ name, ...(which === 'burst' ? await burst() : await inFlight()) });
process.exit(0);
