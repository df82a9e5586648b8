import assert from 'node:assert/strict';
import { microtasks, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('overflow connections', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('are closed on return while more than maxActive are open, whichever comes back first', async () => {
    const pool = given.endpoint.pool({ wait: false, maxActive: 2, maxIdle: 9 });
    const lent = [await pool.get(), await pool.get(), await pool.get(), await pool.get()];
    await lent[0]?.close();
    assert.deepEqual(given.endpoint.reasons, ['excess']);
    await lent[3]?.close();
    assert.deepEqual(given.endpoint.reasons, ['excess', 'excess']);
    await lent[1]?.close();
    await lent[2]?.close();
    assert.deepEqual([pool.stats().idle, pool.stats().open, pool.stats().closed.excess], [2, 2, 2]);
  });

  it('are never dialed ahead of need, and neither is anything beyond maxActive', async () => {
    const pool = given.endpoint.pool({ wait: false, maxActive: 2, minIdle: 2 });
    await time.clock.tickAsync(0);
    const lent = [await pool.get(), await pool.get(), await pool.get()];
    await pool.warmUp(2);
    await time.clock.tickAsync(5_000);
    assert.equal(pool.stats().open, 3);
    for (const transport of lent) await transport.close();
  });

  it('count the connections being dialed', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ wait: false, maxActive: 1, maxOverflow: 2, maxDialing: 3 });
    const gets = [pool.get(), pool.get(), pool.get()];
    assert.equal(pool.stats().dialing, 3);
    await assert.rejects(pool.get(), { name: 'PoolExhaustedError', code: 'ERR_POOL_EXHAUSTED' });
    await assert.rejects(pool.get(), { message: /all 3 connections are taken.*dialing 3/ });
    assert.equal(given.endpoint.dials.length, 3);
    for (const gate of given.endpoint.gates.dial) gate.open();
    await microtasks();
    for (const get of gets) await (await get).close();
    assert.equal(pool.stats().open, 1);
  });

  it('make room for the next call the moment one is closed, however long its close callback takes', async () => {
    const pool = given.endpoint.pool({ wait: false, maxActive: 1, maxOverflow: 1 });
    const [first, second] = [await pool.get(), await pool.get()];
    given.endpoint.plan.close.push('slow');
    const closed = first.close();
    assert.equal(pool.stats().closing, 1);
    assert.equal((await pool.get()).client.id, 3);
    given.endpoint.gates.close[0]?.open();
    await closed;
    await second.close();
  });
});
