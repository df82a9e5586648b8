import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { getEventListeners } from 'node:events';
import { actions, BusyPool, moments } from './support/busy-pool.js';
import {
  FakeEndpoint,
  handled,
  microtasks,
  settled,
  useEndpoint,
  useFakeTime,
} from './support/fake-endpoint.js';

describe('a pool that is used from inside its own callbacks', () => {
  const time = useFakeTime();

  for (const moment of moments) {
    it(`keeps its books at the moment '${moment}', whatever is done there`, async () => {
      const failures: unknown[] = [];
      const onFailure = (error: unknown) => failures.push(error);
      process.on('warning', onFailure);
      for (const [name, act] of Object.entries(actions)) {
        const endpoint = new FakeEndpoint();
        try {
          await new BusyPool(endpoint, moment, act).run(time.clock);
        } catch (error) {
          assert.fail(`${name}: ${(error as Error).stack}`);
        }
        assert.equal(time.clock.countTimers(), 0, `${name} leaves a timer behind`);
      }
      process.off('warning', onFailure);
      assert.deepEqual(failures, []);
    });
  }
});

describe('a call that leaves while others leave', () => {
  const given = useEndpoint();
  const reason = new Error('enough');

  it('is aborted too, although a subscriber gives connections back meanwhile', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const controller = new AbortController();
    const calls = [1, 2, 3].map(() => handled(pool.get({ signal: controller.signal })));
    const onGet = () => void transport.close();
    subscribe('connpool:get', onGet);
    controller.abort(reason);
    unsubscribe('connpool:get', onGet);
    await microtasks();
    const outcomes = await Promise.all(calls.map((call) => settled<unknown>(call)));
    assert.equal(outcomes.filter((outcome) => outcome === reason).length, 2);
    assert.equal(pool.stats().waiting, 0);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
  });

  it('may have been served just before by another listener of its own signal', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const controller = new AbortController();
    controller.signal.addEventListener('abort', () => void transport.close());
    const call = pool.get({ signal: controller.signal });
    controller.abort(reason);
    const outcome = (await settled(call)) as { client: { id: number } };
    assert.equal(outcome.client.id, 1);
    assert.equal(pool.stats().inUse, 1);
  });
});
