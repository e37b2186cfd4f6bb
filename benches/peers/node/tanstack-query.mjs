// TanStack Query's optimistic update "via the cache", as its guide has it: one observer of the query and one of the
// mutation for each post, as `useQuery` and `useMutation` make them.
import { MutationObserver, QueryClient, QueryObserver } from '@tanstack/query-core';

export function tanstackQuery(server, ids, { scoped = false, refetch = true } = {}) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity, retry: false } } });
  const queries = new Map(), mutations = new Map(), ends = [];
  for (const id of ids) {
    const queryKey = ['post', id];
    client.setQueryData(queryKey, { id, value: 0 });
    const query = new QueryObserver(client, { queryKey, queryFn: () => server.read(id) });
    query.subscribe(() => {});
    queries.set(id, query);
    const mutation = new MutationObserver(client, {
      ...(scoped ? { scope: { id: `post-${id}` } } : {}),
      mutationFn: (value) => server.put(id, value),
      async onMutate(value) {
        await client.cancelQueries({ queryKey });
        const previous = client.getQueryData(queryKey);
        client.setQueryData(queryKey, (post) => ({ ...post, value }));
        return { previous };
      },
      onError: (error, value, { previous }) => client.setQueryData(queryKey, previous),
      ...(refetch ? { onSettled: () => client.invalidateQueries({ queryKey }) } : {}),
    });
    mutation.subscribe(() => {});
    mutations.set(id, mutation);
  }
  return {
    tap(id, value) { ends.push(mutations.get(id).mutate(value).catch(() => {})); },
    settled: () => Promise.all(ends),
    shown: (id) => client.getQueryData(['post', id]).value,
  };
}
