// RTK Query's optimistic update, as its guide has it: `updateQueryData` when the query starts, `undo` if it fails.
import { configureStore } from '@reduxjs/toolkit';
import { createApi, fakeBaseQuery } from '@reduxjs/toolkit/query';

export async function rtkQuery(server, ids, { refetch = false } = {}) {
  const api = createApi({
    baseQuery: fakeBaseQuery(),
    tagTypes: ['Post'],
    endpoints: (build) => ({
      post: build.query({
        queryFn: async (id) => ({ data: await server.read(id) }),
        providesTags: (result, error, id) => [{ type: 'Post', id }],
      }),
      like: build.mutation({
        async queryFn({ id, value }) {
          try { return { data: await server.put(id, value) }; } catch (error) { return { error: String(error) }; }
        },
        async onQueryStarted({ id, value }, { dispatch, queryFulfilled }) {
          const patch = dispatch(api.util.updateQueryData('post', id, (post) => { post.value = value; }));
          try { await queryFulfilled; } catch { patch.undo(); }
        },
        ...(refetch ? { invalidatesTags: (result, error, { id }) => [{ type: 'Post', id }] } : {}),
      }),
    }),
  });
  const store = configureStore({
    reducer: { [api.reducerPath]: api.reducer },
    middleware: (given) => given({ serializableCheck: false, immutableCheck: false }).concat(api.middleware),
  });
  await Promise.all(ids.map((id) => store.dispatch(api.endpoints.post.initiate(id))));
  const last = new Map(), ends = [];
  return {
    tap(id, value) {
      // As `useMutation` does: a component follows its newest mutation and lets go of the one before.
      last.get(id)?.reset();
      const mutation = store.dispatch(api.endpoints.like.initiate({ id, value }));
      last.set(id, mutation);
      ends.push(mutation);
    },
    settled: () => Promise.all(ends),
    shown: (id) => api.endpoints.post.select(id)(store.getState()).data.value,
  };
}
