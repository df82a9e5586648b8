import assert from 'node:assert/strict';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('a warm-up among callers', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('never takes open + dialing past maxActive, also when callers take the room it asked for', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxActive: 3, maxDialing: 2 });
    const warm = pool.warmUp(3);
    const gets = [pool.get(), pool.get(), pool.get()];
    for (let i = 0; i < 3; i++) {
      given.endpoint.gates.dial[i]?.open();
      await microtasks();
      const { open, dialing } = pool.stats();
      assert.ok(open + dialing <= 3, `${open} open, ${dialing} being dialed`);
    }
    await warm;
    assert.equal(given.endpoint.dials.length, 3);
    for (const get of gets) await (await get).close();
  });

  it('fails without failing a call that waits for the same connection', async () => {
    given.endpoint.plan.dial.push('slow', 'ok');
    const pool = given.endpoint.pool({ maxActive: 1, dialRetryCount: 0 });
    const warm = handled(pool.warmUp(1));
    const get = pool.get();
    given.endpoint.gates.dial[0]?.fail(new Error('refused'));
    await assert.rejects(warm, { code: 'ERR_DIAL', message: /refused/ });
    assert.equal((await get).client.id, 1, 'the call has a dial of its own by now');
  });

  it('of none resolves at once', async () => {
    const pool = given.endpoint.pool();
    assert.equal(await settled(pool.warmUp()), undefined);
    assert.equal(await settled(pool.warmUp(0)), undefined);
    assert.equal(given.endpoint.dials.length, 0);
  });

  it('shared by two who ask for the same resolves for both', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool();
    const both = [pool.warmUp(2), pool.warmUp(2)];
    assert.equal(given.endpoint.dials.length, 2);
    given.endpoint.gates.dial[0]?.open();
    await microtasks();
    for (const warm of both) assert.equal(await settled(warm), 'pending');
    given.endpoint.gates.dial[1]?.open();
    await Promise.all(both);
    assert.equal(pool.stats().idle, 2);
  });

  it('works while the pool is paused', async () => {
    const pool = given.endpoint.pool();
    pool.pause();
    await pool.warmUp(2);
    assert.equal(pool.stats().idle, 2);
    assert.equal(pool.tryGet(), undefined);
    pool.resume();
    await (await pool.get()).close();
  });

  it('dials for itself, not for the calls that queue, while the pool is paused', async () => {
    const pool = given.endpoint.pool({ maxActive: 4 });
    pool.pause();
    const get = pool.get();
    await pool.warmUp(2);
    assert.deepEqual([pool.stats().idle, pool.stats().dialing], [2, 0]);
    assert.equal(await settled(get), 'pending');
    pool.resume();
    await (await get).close();
  });

  it('asks for no more than is missing while calls queue at a paused pool', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxActive: 8 });
    pool.pause();
    const gets = [handled(pool.get()), handled(pool.get())];
    const both = [pool.warmUp(2), pool.warmUp(2)];
    assert.equal(pool.stats().dialing, 2);
    for (const gate of given.endpoint.gates.dial) gate.open();
    await Promise.all(both);
    assert.equal(pool.stats().idle, 2);
    pool.resume();
    for (const get of gets) await (await get).close();
  });

  it('tops minIdle up while calls queue at a paused pool', async () => {
    const pool = given.endpoint.pool({ minIdle: 2 });
    pool.pause();
    const get = handled(pool.get());
    await time.clock.tickAsync(2_000);
    assert.equal(pool.stats().idle, 2);
    await pool.close();
    await assert.rejects(get, { code: 'ERR_POOL_CLOSED' });
  });
});
