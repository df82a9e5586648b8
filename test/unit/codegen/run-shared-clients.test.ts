import assert from 'node:assert/strict';
import type { Call } from '../../../lib/middleware/middleware.js';
import { CounterClient } from './fixtures/class.js';
import type { StoreClient } from './fixtures/interface.js';
import type { Item } from './fixtures/items.js';
import type { QueryClient } from './fixtures/overloads.js';
import { loadGolden } from './golden-run.js';

const { StoreClientPool } = await loadGolden<typeof import('./golden/interface.js')>('interface');
const { CounterClientPool } = await loadGolden<typeof import('./golden/class.js')>('class');
const { Counters } = await loadGolden<typeof import('./golden/options.js')>('options');
const { QueryClientPool } = await loadGolden<typeof import('./golden/overloads.js')>('overloads');
const { CachePool } = await loadGolden<typeof import('./golden/generics.js')>('generics');
const { ClashClientPool } = await loadGolden<typeof import('./golden/clashes.js')>('clashes');

const item: Item = { id: 'a', size: 1 };

function store(seen: unknown[]): StoreClient {
  const note =
    <R>(result: R) =>
    (...args: unknown[]): R => {
      seen.push(args);
      return result;
    };
  return {
    address: 'here',
    getItemByID: async (id) => ({ id, size: 1 }),
    putItems: note(undefined),
    count: () => seen.length,
    join: (separator, ...parts) => parts.join(separator),
    joinAll: (first, second, _options, ...parts) => parts.join(first + second),
    find: async (test) => (test(item) ? item : undefined),
    within: note(Promise.resolve(1)),
    between: note(Promise.resolve([item])),
    must: note(Promise.resolve()),
    'odd-name': async (client) => [client],
  };
}

describe('A generated class over shared clients', () => {
  it('passes arguments on and gives the results as promises', async () => {
    const seen: unknown[] = [];
    const pool = new StoreClientPool();
    pool.addClient(store(seen), { id: 'a' });
    assert.deepEqual(await pool.getItemByID('x'), { id: 'x', size: 1 });
    await pool.putItems([item], true);
    assert.deepEqual(seen, [[[item], true]]);
    assert.equal(await pool.count(), 1);
    assert.equal(await pool.join('-', 'a', 'b'), 'a-b');
    assert.deepEqual(await pool.find(({ size }) => size === 1), item);
    assert.deepEqual(await pool['odd-name']('x', new Map()), ['x']);
    assert.equal(await pool.ping(), undefined, 'this client has no ping');
    await pool.close();
  });

  it('calls methods as methods of the client', async () => {
    const pool = new CounterClientPool();
    pool.addClient(new CounterClient(), { id: 'a' });
    assert.equal(await pool.count(), 1);
    assert.equal(await pool.count(4), 5);
    await assert.rejects(
      pool.cluster.do(() => Promise.reject(new Error('mine'))),
      /mine/,
    );
    await pool.close();
    await assert.rejects(pool.count(), { code: 'ERR_POOL_CLOSED' });
  });

  it('tells middleware the method in snake case', async () => {
    const methods: unknown[] = [];
    const pool = new StoreClientPool();
    pool.addClient(store([]), { id: 'a' });
    const noting = (call: Call<StoreClient>, next: () => Promise<unknown>) => {
      methods.push(call.method);
      return next();
    };
    assert.equal(pool.use(noting), pool);
    await pool.getItemByID('x');
    await pool['odd-name']('x', new Map());
    assert.deepEqual(methods, ['get_item_by_id', 'odd_name']);
    await pool.close();
  });

  it('names no methods with --no-metrics, and has its cluster where --pool-field says', async () => {
    const methods: unknown[] = [];
    const counters = new Counters();
    counters.use((call, next) => {
      methods.push(call.method);
      return next();
    });
    counters.counters.addClient(new CounterClient(), { id: 'a' });
    await counters.count();
    assert.deepEqual(methods, [undefined]);
    await counters.close();
  });

  it("makes a signal the call's own, and passes on the one that middleware sets", async () => {
    const seen: unknown[][] = [];
    const pool = new StoreClientPool();
    pool.addClient(store(seen), { id: 'a' });
    const inner = new AbortController().signal;
    pool.use((call, next) => {
      call.signal = inner;
      return next();
    });
    const { signal } = new AbortController();
    await pool.within([item], signal);
    await pool.between({ from: 1, to: 2 }, { signal, limit: 3 });
    await pool.between({ from: 1, to: 2 });
    await pool.must(signal);
    assert.equal(seen[0]![1], inner);
    assert.deepEqual(seen[1]![1], { signal: inner, limit: 3 });
    assert.deepEqual(seen[2]![1], { signal: inner });
    assert.equal(seen[3]![0], inner);
    const aborted = AbortSignal.abort(new Error('enough'));
    await assert.rejects(pool.within([], aborted), /enough/);
    await assert.rejects(pool.between({ from: 1, to: 2 }, { signal: aborted }), /enough/);
    await assert.rejects(pool.must(aborted), /enough/);
    assert.equal(seen.length, 4);
    await pool.close();
  });

  it('tells overloads apart, with and without a signal', async () => {
    const client = {
      query: (id: string | string[], map?: unknown) =>
        typeof id === 'string' ? Promise.resolve(item) : typeof map === 'function' ? [map(item)] : [item],
      plain: (a: number | string) => a,
    } as unknown as QueryClient;
    const pool = new QueryClientPool();
    pool.addClient(client, { id: 'a' });
    assert.deepEqual(await pool.query('a'), item);
    assert.deepEqual(await pool.query(['a']), [item]);
    assert.deepEqual(await pool.query(['a'], ({ size }) => size), [1]);
    assert.equal(await pool.plain('x'), 'x');
    const signal = AbortSignal.abort(new Error('enough'));
    await assert.rejects(pool.query(['a'], { signal }), /enough/);
    await assert.rejects(
      pool.query(['a'], () => 1, signal),
      /enough/,
    );
    await pool.close();
  });

  it('keeps generic types', async () => {
    const pool = new CachePool<'a' | 'b', { id: 'a' | 'b'; at: number }>();
    const kept = new Map<string, unknown>([['a', { id: 'a', at: 1 }]]);
    pool.addClient(
      {
        get: async (key) => kept.get(key) as { id: 'a' | 'b'; at: number },
        put: (value) => void kept.set(value.id, value),
        read: async (key) => kept.get(key) as never,
        same: (value) => value,
        pick: (from, key) => from[key],
        page: async (of) => ({ items: [of] }),
        items: async () => ({ items: [item] }),
        chain() {
          return this;
        },
      },
      { id: 'a' },
    );
    await pool.put({ id: 'b', at: 2 });
    const at: number | undefined = (await pool.get('b'))?.at;
    assert.equal(at, 2);
    const read: { at: number } = await pool.read<{ at: number }>('a');
    assert.equal(read.at, 1);
    const picked: string = await pool.pick({ x: 'text' }, 'x');
    assert.equal(picked, 'text');
    await pool.close();
  });

  it("keeps its own members where the client's have the same names", async () => {
    const pool = new ClashClientPool();
    const closed: string[] = [];
    const client = {
      map: (own: unknown) => ({ value: own === undefined ? 0 : 1 }),
      close: () => closed.push('client'),
    };
    pool.cluster.addClient(client as never, { id: 'a', close: () => closed.push('option') });
    assert.deepEqual(await pool.map({ of: 1 }, new Map()), { value: 1 });
    assert.equal(await Promise.resolve(pool), pool, 'it is no promise');
    await pool.close();
    assert.deepEqual(closed, ['option']);
  });
});
