import assert from 'node:assert/strict';
import genericPool from 'generic-pool';
import {
  DefaultEvictor,
  Deque,
  type EvictionConfig,
  Pool,
  type PooledResource,
  PriorityQueue,
} from '../../../lib/clients/generic-pool/index.js';
import { type FakeTime, fakeTime } from './fake-time.js';
import { plain } from './plain-factory.js';
import { type EitherPool, Rig, type Thing } from './rig.js';
import { createOriginal, createOurs, settle } from './twins.js';

describe('generic-pool, intended differences: time', () => {
  let clock: FakeTime;
  beforeEach(() => {
    clock = fakeTime();
  });
  afterEach(() => clock.uninstall());

  it('drains when the last call is done; the original when the last one of the last line has settled', async () => {
    const drains = async (create: typeof createOurs) => {
      const rig = new Rig(create, { max: 1, priorityRange: 2, acquireTimeoutMillis: 100 });
      rig.acquire();
      await settle();
      rig.acquire(1);
      await clock.tickAsync(60);
      rig.acquire(0);
      rig.wait('drain');
      await clock.tickAsync(50);
      rig.giveBack('release', 0);
      await settle();
      const whileLent = rig.log.includes('drain -> done');
      rig.giveBack('release', 0);
      await settle();
      return { whileLent, afterwards: rig.log.includes('drain -> done') };
    };
    assert.deepEqual(await drains(createOriginal), { whileLent: true, afterwards: true });
    assert.deepEqual(await drains(createOurs), { whileLent: false, afterwards: true });
  });

  it('goes on evicting after a run in which the evictor threw; the original never evicts again', async () => {
    const asked = async (PoolClass: unknown) => {
      let times = 0;
      class Flaky {
        evict() {
          if (++times === 1) throw new Error('evictor bug');
          return false;
        }
      }
      const { Deque, PriorityQueue } = genericPool as unknown as Record<string, unknown>;
      const options = { min: 1, evictionRunIntervalMillis: 10 };
      new (PoolClass as new (...given: unknown[]) => EitherPool)(
        Flaky,
        Deque,
        PriorityQueue,
        plain().factory,
        options,
      );
      await settle();
      await assert.rejects(clock.tickAsync(10), /evictor bug/);
      await clock.tickAsync(30);
      return times;
    };
    assert.equal(await asked(genericPool.Pool), 1);
    assert.equal(await asked(Pool), 4);
  });

  it('asks the evictor about nothing under validation, and again about what stays idle after it', async () => {
    const asked: string[] = [];
    class Noting extends DefaultEvictor<Thing> {
      override evict(config: EvictionConfig, resource: PooledResource<Thing>, count: number) {
        asked.push(`#${resource.obj.id} of ${count}, idle since ${resource.lastIdleTime}`);
        return super.evict(config, resource, count);
      }
    }
    const validate = async () => {
      await new Promise((resolve) => setTimeout(resolve, 33));
      return true;
    };
    const pool = new Pool<Thing>(Noting, Deque, PriorityQueue, plain({ validate }).factory, {
      min: 1,
      testOnBorrow: true,
      acquireTimeoutMillis: 15,
      evictionRunIntervalMillis: 10,
    });
    await clock.tickAsync(35);
    assert.deepEqual(asked, []);
    await clock.tickAsync(5);
    assert.deepEqual(asked.splice(0), ['#1 of 1, idle since 33']);
    const timedOut = assert.rejects(pool.acquire(), { name: 'TimeoutError' });
    await clock.tickAsync(32);
    await timedOut;
    assert.deepEqual(asked, []);
    await clock.tickAsync(9);
    assert.deepEqual(asked, ['#1 of 1, idle since 33']);
    assert.equal(pool.available, 1);
  });

  it('is ready in the moment min is met and polls for it with no timer', async () => {
    const rig = new Rig(createOurs, { max: 2, min: 1 }, { slowCreate: true });
    rig.wait('ready');
    await settle();
    assert.equal(clock.countTimers(), 0);
    rig.finishCreate();
    await settle();
    assert.equal(rig.log.at(-1), 'ready -> done');
  });

  it('is ready when a resource stays idle because its caller timed out during the test', async () => {
    const answers: ((valid: boolean) => void)[] = [];
    const validate = () => new Promise<boolean>((resolve) => answers.push(resolve));
    const pool = createOurs(plain({ validate }).factory, {
      min: 1,
      testOnBorrow: true,
      acquireTimeoutMillis: 50,
    });
    await settle();
    answers.shift()?.(true);
    await settle();
    const acquired = pool.acquire().catch((error: Error) => error.name);
    let ready = false;
    const waiting = pool.ready().then(() => {
      ready = true;
    });
    await clock.tickAsync(60);
    assert.equal(await acquired, 'TimeoutError');
    assert.equal(ready, false);
    answers.shift()?.(true);
    await waiting;
    assert.equal(pool.available, 1);
  });
});
