// Two taps on one key, the second while the first is in flight, and what the screen shows when all has come in.
import { print, turn } from './measure.mjs';
import { Server } from './server.mjs';
import { rtkQuery } from './rtk-query.mjs';
import { tanstackDb } from './tanstack-db.mjs';
import { tanstackQuery } from './tanstack-query.mjs';

const apps = {
  'TanStack Query': tanstackQuery,
  'TanStack Query, scoped': (server, ids) => tanstackQuery(server, ids, { scoped: true }),
  'TanStack Query, no refetch': (server, ids) => tanstackQuery(server, ids, { refetch: false }),
  'TanStack Query, scoped, no refetch': (server, ids) => tanstackQuery(server, ids, { scoped: true, refetch: false }),
  'RTK Query': (server, ids) => rtkQuery(server, ids),
  'RTK Query, refetch by tag': (server, ids) => rtkQuery(server, ids, { refetch: true }),
  'TanStack DB': tanstackDb,
};
// In the order of the answers. The server has decided when a request arrives, and says so when it answers.
const overlaps = [
  [[1, false], [2, true]], [[1, true], [2, false]], [[1, false], [2, false]],
  [[2, true], [1, true]], [[2, false], [1, false]], [[2, false], [1, true]],
];

async function rest() {
  for (let n = 0; n < 20; n += 1) await turn();
}

async function overlap(make, answers) {
  const server = new Server('scripted'), succeeds = new Map(answers);
  const app = await make(server, [7]);
  const arrive = server.put.bind(server);
  server.put = (id, value) => {
    if (succeeds.get(value)) server.values.set(id, value);
    return arrive(id, value);
  };
  app.tap(7, 1);
  await rest();
  app.tap(7, 2);
  await rest();
  let left = answers.map(([value]) => value);
  while (left.length > 0) {
    // One that keeps its second request back gets the first one's answer first, whatever the script wants.
    const next = left.find((value) => server.waiting.some((request) => request.value === value));
    if (next === undefined) return { screen: null, server: server.values.get(7) ?? 0 };
    const { value, resolve, reject } = server.waiting.find((request) => request.value === next);
    if (succeeds.get(value)) resolve(value); else reject(new Error('refused'));
    left = left.filter((one) => one !== next);
    await rest();
  }
  return { screen: app.shown(7), server: server.values.get(7) ?? 0 };
}

for (const [name, make] of Object.entries(apps)) {
  const ends = [];
  for (const answers of overlaps) ends.push(await overlap(make, answers));
  print({ name, ends });
}
process.exit(0);
