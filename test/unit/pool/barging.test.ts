import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { handled, microtasks, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('nobody passes those who wait', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('not even from inside the loan of the first of them', async () => {
    const pool = given.endpoint.pool();
    await pool.warmUp(2);
    pool.pause();
    const waiting = [pool.get(), pool.get()];
    const taken: unknown[] = [];
    const onGet = () => taken.push(pool.tryGet());
    subscribe('connpool:get', onGet);
    pool.resume();
    unsubscribe('connpool:get', onGet);
    assert.deepEqual(taken, [undefined, undefined]);
    for (const get of waiting) await (await get).close();
    assert.equal(given.endpoint.dials.length, 2);
  });

  it('not from inside the close callback that makes the room', async () => {
    const order: string[] = [];
    const pool = given.endpoint.pool({
      maxActive: 1,
      close: () => {
        const late = pool.get().then((served) => {
          order.push('late');
          return served.close();
        });
        void handled(late);
      },
    });
    const transport = await pool.get();
    const first = pool.get().then((served) => {
      order.push('first');
      return served.close();
    });
    await transport.close(true);
    await first;
    await microtasks();
    assert.deepEqual(order, ['first', 'late']);
  });

  it('not in the same tick as a connection comes back', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const urgent = pool.get();
    void transport.close();
    const order: string[] = [];
    const late = pool.get({ priority: -100 }).then((served) => {
      order.push('late');
      return served.close();
    });
    await urgent.then((served) => {
      order.push('first');
      return served.close();
    });
    await late;
    assert.deepEqual(order, ['first', 'late']);
  });

  it('and a more urgent call takes the next connection, not the one on its way to another', async () => {
    given.endpoint.otherwise.dial = 'slow';
    const pool = given.endpoint.pool({ maxActive: 1 });
    const plain = handled(pool.get());
    const urgent = handled(pool.get({ priority: -1 }));
    given.endpoint.gates.dial[0]?.open();
    const first = (await settled(urgent)) as { client: { id: number }; close(): Promise<void> };
    assert.equal(first.client.id, 1, 'the dial serves the first of the line, whoever asked for it');
    assert.equal(await settled(plain), 'pending');
    await first.close();
    await (await plain).close();
  });
});
