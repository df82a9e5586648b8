import assert from 'node:assert/strict';
import { once } from 'node:events';
import { retry } from '../../../lib/middleware/index.js';
import { waitFor, within } from '../../support/wait-for.js';
import { LegacyClient } from './fixtures/callbacks.js';
import type { Item } from './fixtures/items.js';
import { FeedClient } from './fixtures/streams.js';
import { loadGolden } from './golden-run.js';

const { LegacyClientPool } = await loadGolden<typeof import('./golden/callbacks.js')>('callbacks');
const { FeedClientPool } = await loadGolden<typeof import('./golden/streams.js')>('streams');

type Pool = { cluster: { stats(): { nodes: readonly { inFlight: number; failures: number }[] } } };
const inFlight = (pool: Pool) => pool.cluster.stats().nodes[0]!.inFlight;
const idle = (pool: Pool) => waitFor('the call ends', () => inFlight(pool) === 0);

describe('A generated class, of a method with a callback', () => {
  let pool: InstanceType<typeof LegacyClientPool>;
  beforeEach(() => {
    pool = new LegacyClientPool();
    pool.addClient(new LegacyClient(), { id: 'a' });
  });
  afterEach(() => pool.close());

  it('lends the client until the callback is called', async () => {
    const called = new Promise<Item | undefined>((resolve, reject) => {
      const sent = pool.load('x', (error, item) => (error ? reject(error) : resolve(item)));
      void sent.then(() => assert.equal(inFlight(pool), 1));
    });
    assert.deepEqual(await within('the callback', called), { id: 'x', size: 1 });
    await idle(pool);
  });

  it('counts an error that is called back as a failure of the node', async () => {
    const error = await new Promise<Error | null>((resolve) => void pool.load('missing', resolve));
    assert.equal(error?.message, 'missing');
    await idle(pool);
    assert.equal(pool.cluster.stats().nodes[0]!.failures, 1);
  });

  it('calls back once, with the last outcome, when middleware runs the call again', async () => {
    let runs = 0;
    pool.use(retry({ retries: 2, delayMs: 0, isRetryable: () => ++runs < 3 }));
    const outcomes: unknown[] = [];
    await pool.load('missing', (error) => void outcomes.push(error?.message));
    await waitFor('the callback', () => outcomes.length > 0);
    await idle(pool);
    assert.deepEqual(outcomes, ['missing']);
    assert.ok(runs >= 2);
  });

  it('calls back with what kept the call from being sent, and leaves no rejection behind', async () => {
    await pool.close();
    const error = await new Promise<Error | null>((resolve) => void pool.load('x', resolve));
    assert.match(String(error), /is closed/);
  });

  it('gives a promise without the callback', async () => {
    assert.deepEqual(await pool.load('x'), { id: 'x', size: 1 });
    await assert.rejects(pool.load('missing'), /missing/);
    assert.equal(await pool.drop('x', {}), undefined);
    const { signal } = new AbortController();
    assert.equal(await pool.drop('x', { signal }, () => {}), 1);
    await assert.rejects(pool.drop('x', { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });

  it('leaves promises to a client that gives them itself, and other functions alone', async () => {
    assert.equal(await pool.save({ id: 'x', size: 1 }), 'x');
    const id = await new Promise<string | null>((resolve) => {
      void pool.save({ id: 'y', size: 1 }, (_error, saved) => resolve(saved));
    });
    assert.equal(id, 'y');
    const visited: Item[] = [];
    assert.equal(await pool.each((item) => visited.push(item)), 1);
    assert.equal(visited.length, 1);
  });
});

describe('A generated class, of a method that gives something to read', () => {
  let pool: InstanceType<typeof FeedClientPool>;
  let client: FeedClient;
  beforeEach(() => {
    client = new FeedClient();
    pool = new FeedClientPool();
    pool.addClient(client, { id: 'a' });
  });
  afterEach(() => pool.close());

  it('lends the client until the iteration ends', async () => {
    const seen: number[] = [];
    for await (const tick of await pool.ticks(3)) {
      assert.equal(inFlight(pool), 1);
      seen.push(tick);
    }
    assert.deepEqual(seen, [0, 1, 2]);
    await idle(pool);
    for await (const { size } of await pool.items()) if (size === 3) seen.push(size);
    for await (const text of await pool.later()) assert.equal(text, 'text');
    await idle(pool);
    assert.equal(seen.length, 4);
  });

  it('ends the call when the reader leaves early, also with iterators that cannot be told', async () => {
    for await (const tick of await pool.ticks(9)) if (tick === 1) break;
    await idle(pool);
    assert.deepEqual(client.ended, ['ticks 9']);
    for await (const { size } of await pool.items()) if (size === 1) break;
    await idle(pool);
  });

  it("keeps a generator's own results", async () => {
    const ticks = await pool.ticks(1);
    assert.deepEqual(await ticks.next(), { done: false, value: 0 });
    assert.deepEqual(await ticks.next(), { done: true, value: 'done' });
    await idle(pool);
  });

  it('counts an error while reading as a failure, and never reads a second time', async () => {
    pool.use(retry({ retries: 2, delayMs: 0 }));
    const seen: number[] = [];
    await assert.rejects(async () => {
      for await (const tick of await pool.ticks(20)) seen.push(tick);
    }, /13/);
    await idle(pool);
    assert.equal(seen.length, 13);
    assert.deepEqual(client.ended, ['ticks 20']);
    assert.equal(pool.cluster.stats().nodes[0]!.failures, 1);
  });

  it('ends with its signal', async () => {
    const controller = new AbortController();
    const ticks = await pool.ticks(9, controller.signal);
    await ticks.next();
    controller.abort(new Error('enough'));
    await idle(pool);
    await assert.rejects(ticks.next(), /enough/);
  });

  it('lends the client until a stream is closed', async () => {
    const file = await pool.file(3);
    assert.equal(inFlight(pool), 1);
    const lines: string[] = [];
    file.on('data', (line) => lines.push(String(line)));
    await once(file, 'close');
    await idle(pool);
    assert.equal(lines.length, 3);
  });

  it('rejects when nothing can be sent', async () => {
    await pool.close();
    await assert.rejects(pool.ticks(1), { code: 'ERR_POOL_CLOSED' });
  });
});
