import assert from 'node:assert/strict';
import { TransportClosedError } from '../../../lib/pool/index.js';
import { microtasks, settled, useEndpoint } from './support/fake-endpoint.js';

describe('borrowing', () => {
  const given = useEndpoint();

  it('never lends one client to two callers at a time', async () => {
    const pool = given.endpoint.pool({ maxActive: 3 });
    const lent = new Set<object>();
    await Promise.all(
      Array.from({ length: 50 }, () =>
        pool.do(async (client) => {
          assert.ok(!lent.has(client));
          lent.add(client);
          await microtasks();
          lent.delete(client);
        }),
      ),
    );
    assert.equal(given.endpoint.clients.length, 3);
  });

  it('gives a client back to the pool, for the next caller', async () => {
    const pool = given.endpoint.pool();
    const first = await pool.get();
    const { client } = first;
    await first.close();
    assert.equal(pool.stats().idle, 1);
    const second = await pool.get();
    assert.equal(second.client, client);
    assert.equal(given.endpoint.clients.length, 1);
  });

  it('destroys a client given back as broken', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const { client } = transport;
    await transport.close(true);
    assert.deepEqual(given.endpoint.closes, [{ client, ctx: { meta: undefined, reason: 'broken' } }]);
    assert.equal(pool.stats().open, 0);
  });

  it('destroys a client marked broken when it is given back, not before', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const why = new Error('bad answer');
    transport.markBroken(why);
    transport.markBroken(new Error('the first reason stays'));
    assert.equal(given.endpoint.closes.length, 0);
    assert.ok(transport.client);
    await transport.close();
    assert.equal(given.endpoint.closes[0]?.ctx.reason, 'broken');
    assert.equal(given.endpoint.closes[0]?.ctx.error, why);
  });

  it('takes a second close() of a transport for nothing', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    await transport.close();
    const other = await pool.get();
    await transport.close(true);
    await transport.close();
    transport.markBroken();
    assert.equal(pool.stats().inUse, 1);
    await other.close();
    assert.equal(given.endpoint.closes.length, 0);
    assert.equal(pool.stats().idle, 1);
  });

  it('resolves the close of a broken transport once its client is closed', async () => {
    given.endpoint.plan.close.push('slow');
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const closed = transport.close(true);
    assert.equal(await settled(closed), 'pending');
    assert.equal(pool.stats().closing, 1);
    given.endpoint.gates.close[0]?.open();
    assert.equal(await settled(closed), undefined);
    assert.equal(pool.stats().closing, 0);
  });

  it('refuses the client of a transport that was given back', async () => {
    const pool = given.endpoint.pool({ name: 'echo' });
    const transport = await pool.get();
    await transport.close();
    assert.throws(
      () => transport.client,
      (error: TransportClosedError) => {
        assert.ok(error instanceof TransportClosedError);
        assert.equal(error.code, 'ERR_TRANSPORT_CLOSED');
        assert.equal(error.name, 'TransportClosedError');
        assert.match(error.message, /echo/);
        return true;
      },
    );
    assert.throws(() => transport.detach(), TransportClosedError);
  });

  it('gives a transport back at the end of its scope', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    await transport[Symbol.asyncDispose]();
    assert.equal(pool.stats().idle, 1);
  });

  it('gives a transport back with put(), and refuses what is none of its own', async () => {
    const pool = given.endpoint.pool({ name: 'mine' });
    const other = given.endpoint.pool();
    await pool.put(await pool.get());
    assert.equal(pool.stats().idle, 1);
    const foreign = await other.get();
    await assert.rejects(pool.put(foreign), {
      code: 'ERR_INVALID_OPTION',
      message: /a transport of pool 'mine'/,
    });
    await assert.rejects(pool.put({} as never), { code: 'ERR_INVALID_OPTION' });
    assert.equal(other.stats().inUse, 1);
  });

  it('lends the one used last first, or with idleOrder fifo the one idle longest', async () => {
    for (const [idleOrder, expected] of [
      ['lifo', 2],
      ['fifo', 1],
    ] as const) {
      const pool = given.endpoint.pool({ idleOrder });
      const [a, b] = [await pool.get(), await pool.get()];
      const ids = [a.client.id, b.client.id];
      await a.close();
      await b.close();
      assert.equal((await pool.get()).client.id, ids[expected - 1]);
    }
  });

  it('closes a connection after maxUses loans', async () => {
    const pool = given.endpoint.pool({ maxUses: 2 });
    for (let i = 0; i < 4; i++) await (await pool.get()).close();
    assert.deepEqual(given.endpoint.reasons, ['uses', 'uses']);
  });

  it('closes what is given back beyond maxIdle', async () => {
    const pool = given.endpoint.pool({ maxIdle: 1 });
    const lent = await Promise.all([pool.get(), pool.get(), pool.get()]);
    await Promise.all(lent.map((transport) => transport.close()));
    assert.deepEqual(given.endpoint.reasons, ['excess', 'excess']);
    assert.equal(pool.stats().idle, 1);
  });

  it('keeps none with maxIdle 0', async () => {
    const pool = given.endpoint.pool({ maxIdle: 0 });
    await (await pool.get()).close();
    assert.deepEqual(given.endpoint.reasons, ['excess']);
  });
});

describe('tryGet', () => {
  const given = useEndpoint();

  it('lends what is idle and never dials', async () => {
    const pool = given.endpoint.pool();
    assert.equal(pool.tryGet(), undefined);
    assert.equal(given.endpoint.dials.length, 0);
    await pool.warmUp(1);
    const transport = pool.tryGet();
    assert.equal(transport?.client.id, 1);
    assert.equal(pool.tryGet(), undefined);
    assert.equal(pool.stats().gets, 1);
  });

  it('gives nothing while paused or closed', async () => {
    const pool = given.endpoint.pool();
    await pool.warmUp(1);
    pool.pause();
    assert.equal(pool.tryGet(), undefined);
    pool.resume();
    const transport = pool.tryGet();
    assert.ok(transport);
    const closed = pool.close();
    assert.equal(pool.tryGet(), undefined);
    await transport.close();
    await closed;
  });
});

describe('detach', () => {
  const given = useEndpoint();

  it('takes the client out for good and frees its slot', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const waiting = pool.get();
    const client = transport.detach();
    assert.equal(client.id, 1);
    assert.equal((await waiting).client.id, 2, 'the free slot goes to the first waiter at once');
    await transport.close(true);
    assert.equal(given.endpoint.closes.length, 0);
    given.endpoint.dials[0]?.markBroken();
    assert.equal(pool.stats().open, 1);
    assert.equal(pool.stats().detached, 1);
  });

  it('lets a closing pool end', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const closed = pool.close();
    transport.detach();
    await closed;
    assert.equal(given.endpoint.closes.length, 0);
  });
});
