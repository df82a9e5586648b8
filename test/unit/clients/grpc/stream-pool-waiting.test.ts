import assert from 'node:assert/strict';
import {
  DialError,
  InvalidOptionError,
  PoolExhaustedError,
  WaitQueueFullError,
  WaitTimeoutError,
} from '../../../../lib/pool/errors.js';
import { handled, settled } from '../../pool/support/fake-endpoint.js';
import { inOrder, microtasks, take, useStreams } from './fake-streams.js';

describe('callers that wait for a StreamPool', () => {
  const { make, time } = useStreams();

  it('are served first come, first served, a lower priority first', async () => {
    const { pool } = make({ streams: 2, maxActive: 1 });
    const loans = await take(pool, 2);
    const { order, note } = inOrder();
    note('one', pool.get());
    note('two', pool.get());
    note('urgent', pool.get({ priority: -1 }));
    note('three', pool.get());
    for (const loan of loans) await loan.close();
    await microtasks();
    assert.deepEqual(order, ['urgent', 'one']);
    assert.equal(pool.stats().waits, 4);
  });

  it('are not passed by one who comes when a share is free', async () => {
    const { pool } = make({ streams: 1, maxActive: 1 });
    const [held] = await take(pool, 1);
    const { order, note } = inOrder();
    note('waited', pool.get());
    await held!.close();
    note('came late', pool.get());
    await microtasks();
    assert.deepEqual(order, ['waited']);
  });

  it('give up after waitTimeoutMs, or their own time, with the figures of the pool', async () => {
    const { pool } = make({ streams: 1, maxActive: 1, waitTimeoutMs: 100 });
    await take(pool, 1);
    const patient = handled(pool.get({ timeoutMs: 0 }));
    const gets = [handled(pool.get()), handled(pool.get({ timeoutMs: 30 }))];
    await time.clock.tickAsync(31);
    assert.equal(await settled(gets[0]!), 'pending');
    const short = (await settled(gets[1]!)) as WaitTimeoutError;
    assert.ok(short instanceof WaitTimeoutError);
    assert.equal(short.phase, 'queue');
    assert.equal(short.stats.waiting, 2 + 1);
    await time.clock.tickAsync(100);
    assert.ok((await settled(gets[0]!)) instanceof WaitTimeoutError);
    assert.equal(await settled(patient), 'pending');
    assert.equal(pool.stats().waitTimeouts, 2);
    assert.equal(pool.stats().waiting, 1);
  });

  it('give up while their connection is dialed, hear the last dial error, and leave the dial to the next', async () => {
    const { pool, endpoint } = make({ streams: 2, dialRetryCount: 1, dialRetryDelayMs: 0 });
    endpoint.plan.dial.push('fail', 'slow');
    const early = handled(pool.get({ timeoutMs: 50 }));
    await time.clock.tickAsync(51);
    const error = (await settled(early)) as WaitTimeoutError;
    assert.equal(error.phase, 'dial');
    assert.match(error.message, /last dial error: dial failed/);
    const next = pool.get();
    assert.equal(endpoint.dials.length, 2);
    endpoint.gates.dial[0]!.open();
    assert.equal((await next).client.id, 1);
  });

  it('leave nothing behind when they give up: a dial that is done with becomes idle', async () => {
    const { pool, endpoint } = make();
    endpoint.otherwise.dial = 'slow';
    const controller = new AbortController();
    const get = handled(pool.get({ signal: controller.signal }));
    await microtasks();
    controller.abort(new Error('enough'));
    assert.match(String(await settled(get)), /enough/);
    endpoint.gates.dial[0]!.open();
    await microtasks();
    const { idle, inUse, waiting, streams } = pool.stats();
    assert.deepEqual({ idle, inUse, waiting, streams }, { idle: 1, inUse: 0, waiting: 0, streams: 0 });
  });

  it('are refused beyond maxWaiting; those for whom a dial is on its way do not count', async () => {
    const { pool, endpoint } = make({ streams: 2, maxActive: 1, maxWaiting: 1 });
    endpoint.otherwise.dial = 'slow';
    const served = [pool.get(), pool.get()];
    const waiting = pool.get();
    await assert.rejects(pool.get(), WaitQueueFullError);
    assert.equal(pool.stats().rejected, 1);
    endpoint.gates.dial[0]!.open();
    for (const get of served) await (await get).close();
    await (await waiting).close();
  });

  it('are refused at once with wait: false, when the overflow is used up too', async () => {
    const { pool } = make({ streams: 2, maxActive: 1, wait: false, maxOverflow: 1 });
    const loans = await take(pool, 4);
    await assert.rejects(pool.get(), PoolExhaustedError);
    assert.equal(pool.stats().open, 2);
    for (const loan of loans) await loan.close();
    assert.equal(pool.stats().open, 1);
  });

  it('fail with the dial that would have served them, and cost no more dials than that', async () => {
    const { pool, endpoint } = make({ streams: 5, maxActive: 2 });
    endpoint.otherwise.dial = 'fail';
    const errors = await Promise.all(Array.from({ length: 12 }, () => pool.get().catch((e: unknown) => e)));
    for (const error of errors) assert.ok(error instanceof DialError);
    assert.equal(endpoint.dials.length, 3);
    assert.equal(pool.stats().waiting, 0);
  });

  it('get the room of a connection that failed, while others still hold it', async () => {
    const { pool, lose } = make({ streams: 2, maxActive: 1 });
    const held = await take(pool, 2);
    const waiting = pool.get();
    assert.equal(await settled(waiting), 'pending');
    lose(held[0]!.client);
    assert.equal((await waiting).client.id, 2);
    assert.equal(pool.stats().closed.broken, 1);
    for (const loan of held) await loan.close();
  });

  it('are checked: options nobody knows and signals that aborted are refused', async () => {
    const { pool } = make();
    await assert.rejects(pool.get({ timeout: 5 } as never), InvalidOptionError);
    await assert.rejects(pool.get({ signal: AbortSignal.abort(new Error('before')) }), /before/);
    assert.equal(pool.stats().open, 0);
  });
});

describe('a connection of a StreamPool that is of no use', () => {
  const { make } = useStreams();

  it('takes no new callers, and is closed when the last one has left', async () => {
    const { pool, endpoint, lose } = make({ streams: 3 });
    const [a, b] = await take(pool, 2);
    lose(a!.client);
    const [c] = await take(pool, 1);
    assert.equal(c!.client.id, 2);
    await a!.close();
    assert.equal(endpoint.closes.length, 0);
    assert.equal(b!.client.id, 1, 'its stream may still be going on');
    await b!.close();
    assert.deepEqual(
      endpoint.closes.map(({ client }) => client.id),
      [1],
    );
  });

  it('leaves at once when it fails while nobody uses it', async () => {
    const { pool, endpoint, lose } = make();
    const [a] = await take(pool, 1);
    const { client } = a!;
    await a!.close();
    lose(client);
    assert.equal(pool.stats().open, 0);
    assert.equal(endpoint.closes.length, 1);
  });

  for (const how of ['close(true)', 'markBroken()'] as const) {
    it(`is let go of after ${how} of one caller, not cut for the others`, async () => {
      const { pool, endpoint } = make({ streams: 2 });
      const [a, b] = await take(pool, 2);
      if (how === 'markBroken()') a!.markBroken();
      await a!.close(how === 'close(true)');
      assert.equal(pool.stats().open, 0);
      assert.equal(endpoint.closes.length, 0);
      assert.equal(b!.client.id, 1);
      await b!.close();
      assert.equal(endpoint.closes.length, 1);
    });
  }

  it('takes no new callers after invalidate()', async () => {
    const { pool, endpoint } = make({ streams: 2 });
    const [a] = await take(pool, 1);
    pool.invalidate();
    const [b] = await take(pool, 1);
    assert.deepEqual([a!.client.id, b!.client.id], [1, 2]);
    await a!.close();
    assert.equal(endpoint.closes.length, 1);
    assert.equal(pool.stats().closed.invalidated, 1);
  });
});

describe('StreamPool.close', () => {
  const { make, time } = useStreams();

  it('refuses those who wait and those who come, and closes idle connections now', async () => {
    const { pool, endpoint } = make({ streams: 1, maxActive: 2 });
    const [a, b] = await take(pool, 2);
    await b!.close();
    const [c] = await take(pool, 1);
    const waiting = handled(pool.get());
    const closed = pool.close();
    assert.equal(pool.close(), closed);
    await assert.rejects(waiting, { code: 'ERR_POOL_CLOSED' });
    await assert.rejects(pool.get(), { code: 'ERR_POOL_CLOSED' });
    assert.equal(await settled(closed), 'pending');
    await a!.close();
    await c!.close();
    await closed;
    assert.equal(endpoint.closes.length, 2);
    assert.equal(pool.stats().state, 'closed');
    assert.equal(pool.stats().open, 0);
  });

  it('cuts connections that are still in use after timeoutMs, those the pool has let go of too', async () => {
    const { pool, endpoint, lose } = make({ streams: 2 });
    const loans = await take(pool, 3);
    lose(loans[0]!.client);
    const closed = pool.close({ timeoutMs: 50 });
    await time.clock.tickAsync(49);
    assert.equal(await settled(closed), 'pending');
    await time.clock.tickAsync(2);
    await closed;
    assert.equal(endpoint.closes.length, 2);
    for (const loan of loans) {
      assert.throws(() => loan.client, { code: 'ERR_TRANSPORT_CLOSED' });
      await loan.close();
    }
    assert.equal(endpoint.closes.length, 2);
    assert.equal(pool.stats().streams, 0);
  });

  it('waits for the close of a connection that the pool has let go of', async () => {
    const { pool, endpoint, lose } = make();
    const [a] = await take(pool, 1);
    endpoint.plan.close.push('slow');
    lose(a!.client);
    await a!.close();
    const closed = pool.close();
    await microtasks();
    assert.equal(await settled(closed), 'pending');
    endpoint.gates.close[0]!.open();
    await closed;
  });

  it('ends dials under way, and closes what they still give', async () => {
    const { pool, endpoint } = make();
    endpoint.otherwise.dial = 'slow';
    const get = handled(pool.get());
    await microtasks();
    await using _pool = pool;
    const closed = pool.close();
    await assert.rejects(get, { code: 'ERR_POOL_CLOSED' });
    endpoint.gates.dial[0]!.open();
    await closed;
    await microtasks();
    assert.equal(pool.stats().open, 0);
    assert.equal(endpoint.closes.length, 1);
  });

  it('gives connections in use less time when a later call says so, never more', async () => {
    const { pool, endpoint } = make({ streams: 2 });
    await take(pool, 1);
    const closed = pool.close({ timeoutMs: 50 });
    assert.equal(pool.close({ timeoutMs: 10 }), closed);
    void pool.close({ timeoutMs: 500 });
    await time.clock.tickAsync(9);
    assert.equal(await settled(closed), 'pending');
    await time.clock.tickAsync(2);
    await closed;
    assert.equal(endpoint.closes.length, 1);
    void pool.close({ timeoutMs: 50 });
    assert.equal(time.clock.countTimers(), 0);
  });

  it('refuses options that are not allowed', async () => {
    const { pool } = make();
    await assert.rejects(pool.close({ timeoutMs: -1 }), InvalidOptionError);
    assert.equal(pool.stats().state, 'open');
  });
});
