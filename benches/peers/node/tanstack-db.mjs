// TanStack DB: a collection with a handler that tells the server and waits until the answer has come in by sync.
import { createCollection } from '@tanstack/db';

export async function tanstackDb(server, ids) {
  let sync;
  const collection = createCollection({
    id: 'posts',
    getKey: (post) => post.id,
    startSync: true,
    sync: {
      sync(given) {
        sync = given;
        sync.begin();
        for (const id of ids) sync.write({ type: 'insert', value: { id, value: 0 } });
        sync.commit();
        sync.markReady();
      },
    },
    async onUpdate({ transaction }) {
      for (const { modified } of transaction.mutations) {
        const value = await server.put(modified.id, modified.value);
        sync.begin();
        sync.write({ type: 'update', value: { id: modified.id, value } });
        sync.commit();
      }
    },
  });
  await collection.preload();
  const ends = [];
  return {
    tap(id, value) {
      const transaction = collection.update(id, (post) => { post.value = value; });
      ends.push(transaction.isPersisted.promise.catch(() => {}));
    },
    settled: () => Promise.all(ends),
    shown: (id) => collection.get(id).value,
  };
}
