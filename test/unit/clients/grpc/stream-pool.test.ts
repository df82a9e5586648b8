import assert from 'node:assert/strict';
import { InvalidOptionError, TransportClosedError } from '../../../../lib/pool/errors.js';
import { settled } from '../../pool/support/fake-endpoint.js';
import { idsOf, microtasks, take, useStreams } from './fake-streams.js';

describe('StreamPool lending', () => {
  const { make, time } = useStreams();

  it('lends one connection to as many callers as it may, and only then takes another', async () => {
    const { pool, endpoint } = make({ streams: 3 });
    const loans = await take(pool, 7);
    assert.deepEqual(idsOf(loans), [1, 1, 1, 2, 2, 2, 3]);
    assert.equal(endpoint.dials.length, 3);
    const { open, inUse, streams, streamsPerConnection } = pool.stats();
    assert.deepEqual(
      { open, inUse, streams, streamsPerConnection },
      { open: 3, inUse: 3, streams: 7, streamsPerConnection: 3 },
    );
  });

  it('dials as many connections as callers that come at once need', async () => {
    const { pool, endpoint } = make({ streams: 4 });
    endpoint.otherwise.dial = 'slow';
    const gets = Array.from({ length: 9 }, () => pool.get());
    await microtasks();
    assert.equal(endpoint.dials.length, 3);
    for (const gate of endpoint.gates.dial) gate.open();
    assert.equal(new Set(idsOf(await Promise.all(gets))).size, 3);
    assert.equal(pool.stats().waits, 0, 'dials were on their way for all of them');
  });

  it('never exceeds maxActive connections, whatever the callers', async () => {
    const { pool, endpoint } = make({ streams: 2, maxActive: 3 });
    const gets = Array.from({ length: 20 }, () => pool.get());
    await microtasks();
    assert.equal(endpoint.dials.length, 3);
    assert.equal(pool.stats().streams, 6);
    assert.equal(pool.stats().waiting, 14);
    for (const get of gets) await (await get).close();
    assert.equal(endpoint.dials.length, 3);
    assert.equal(pool.stats().streams, 0);
  });

  it('gives a connection back to the pool beneath when nobody uses it any more', async () => {
    const { pool } = make({ streams: 2 });
    const [a, b, c] = await take(pool, 3);
    await c!.close();
    assert.deepEqual([pool.stats().inUse, pool.stats().idle], [1, 1]);
    await a!.close();
    assert.equal(pool.stats().inUse, 1);
    await b!.close();
    assert.deepEqual([pool.stats().inUse, pool.stats().idle], [0, 2]);
  });

  it('fills up what is in use instead of spreading, so that connections run empty', async () => {
    const { pool } = make({ streams: 3 });
    const loans = await take(pool, 6);
    await loans[0]!.close();
    await loans[3]!.close();
    await loans[4]!.close();
    const [next] = await take(pool, 1);
    await loans[5]!.close();
    assert.equal(next!.client.id, 2, 'the connection that had room last');
    assert.equal(pool.stats().inUse, 2);
    await next!.close();
    assert.equal(pool.stats().inUse, 1);
  });

  it('lends an idle connection rather than dialing one', async () => {
    const { pool, endpoint } = make();
    for (let i = 0; i < 5; i++) await (await pool.get()).close();
    assert.equal(endpoint.dials.length, 1);
    assert.equal(pool.stats().gets, 5);
  });

  it('takes nothing back twice', async () => {
    const { pool } = make({ streams: 2 });
    const [a, b] = await take(pool, 2);
    await a!.close();
    await a!.close();
    assert.equal(pool.stats().streams, 1);
    assert.throws(() => a!.client, TransportClosedError);
    assert.equal(b!.client.id, 1);
  });

  it('gives a detached share back, as the connection is others’ as well', async () => {
    const { pool } = make();
    const [a] = await take(pool, 2);
    assert.equal(a!.detach().id, 1);
    assert.equal(pool.stats().streams, 1);
    assert.equal(pool.stats().open, 1);
  });

  it('ends a loan with its scope', async () => {
    const { pool } = make();
    {
      await using loan = await pool.get();
      assert.equal(loan.client.id, 1);
    }
    assert.equal(pool.stats().streams, 0);
  });

  it('dials ahead when told to', async () => {
    const { pool, endpoint } = make();
    await pool.warmUp(2);
    assert.equal(endpoint.dials.length, 2);
    assert.equal(pool.stats().idle, 2);
  });

  it('does what configure says from then on', async () => {
    const { pool, endpoint } = make({ streams: 1, maxActive: 1 });
    const [first] = await take(pool, 1);
    const second = pool.get();
    assert.equal(await settled(second), 'pending');
    pool.configure({ maxActive: 2 });
    assert.equal((await second).client.id, 2);
    assert.throws(() => pool.configure({ maxActive: 0 }), InvalidOptionError);
    assert.equal(endpoint.dials.length, 2);
    await first!.close();
  });

  it('replaces a connection that is never unused when it is past its lifetime, without cutting anybody', async () => {
    const { pool, endpoint } = make({ streams: 2, maxActive: 1, maxLifetimeMs: 1_000 });
    const [old] = await take(pool, 1);
    await time.clock.tickAsync(900);
    const [young] = await take(pool, 1);
    assert.equal(young!.client.id, 1);
    await young!.close();
    await time.clock.tickAsync(300);
    const [next] = await take(pool, 1);
    assert.equal(next!.client.id, 2, 'its slot was free at once');
    assert.equal(old!.client.id, 1);
    assert.equal(endpoint.closes.length, 0);
    await old!.close();
    await microtasks();
    assert.deepEqual(
      endpoint.closes.map(({ client }) => client.id),
      [1],
    );
    assert.equal(pool.stats().closed.lifetime, 1);
  });
});

describe('StreamPool.do', () => {
  const { make } = useStreams();

  it('gives the share back after success and after failure', async () => {
    const { pool } = make({ isBroken: () => false });
    assert.equal(await pool.do((client) => client.id), 1);
    await assert.rejects(
      pool.do(() => {
        throw new Error('no');
      }),
      /no/,
    );
    const { streams, open } = pool.stats();
    assert.deepEqual({ streams, open }, { streams: 0, open: 1 });
  });

  it('lets a connection go that the call broke', async () => {
    const { pool } = make({ isBroken: () => true });
    await assert.rejects(
      pool.do(() => Promise.reject(new Error('no'))),
      /no/,
    );
    assert.equal(pool.stats().open, 0);
    assert.equal(pool.stats().closed.broken, 1);
  });

  it('ends with the signal’s reason while the call runs, and keeps the connection for the others', async () => {
    const { pool } = make({ isBroken: () => true });
    const [other] = await take(pool, 1);
    const controller = new AbortController();
    const call = pool.do(() => new Promise(() => {}), { signal: controller.signal });
    await microtasks();
    assert.equal(pool.stats().streams, 2);
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    const { streams, open } = pool.stats();
    assert.deepEqual({ streams, open }, { streams: 1, open: 1 });
    await other!.close();
  });

  it('gives the result when the signal stays quiet, and does not start when it has aborted', async () => {
    const { pool } = make();
    const { signal } = new AbortController();
    assert.equal(await pool.do((client) => client.id, { signal }), 1);
    await assert.rejects(
      pool.do(() => assert.fail('it ran'), { signal: AbortSignal.abort(new Error('before')) }),
      /before/,
    );
  });

  it('refuses what is no function', async () => {
    const { pool } = make();
    await assert.rejects(pool.do(undefined as never), InvalidOptionError);
  });
});
