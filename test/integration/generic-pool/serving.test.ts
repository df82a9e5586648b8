import assert from 'node:assert/strict';
import { type FakeTime, fakeTime } from './fake-time.js';
import { settle, Twins } from './twins.js';

describe('generic-pool, the original and ours: serving', () => {
  let clock: FakeTime;
  beforeEach(() => {
    clock = fakeTime();
  });
  afterEach(() => clock.uninstall());

  async function acquire(twins: Twins, times: number, priority?: number): Promise<void> {
    for (let n = 0; n < times; n++) {
      await twins.step(`acquire(${priority})`, (rig) => rig.acquire(priority));
    }
  }

  it('makes a resource per waiting call up to max, then queues', async () => {
    const twins = new Twins(clock, { max: 2 }, { slowCreate: true });
    await acquire(twins, 4);
    assert.deepEqual(twins.log, ['create #1', 'create #2']);
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    await twins.step('release', (rig) => rig.giveBack('release', 1));
    assert.deepEqual(twins.log.slice(2), [
      'acquire 1 -> #1',
      'acquire 2 -> #2',
      'release #2 -> done',
      'acquire 3 -> #2',
    ]);
  });

  it('serves lower priorities first and puts those out of range last', async () => {
    const twins = new Twins(clock, { max: 1, priorityRange: 3 });
    await acquire(twins, 1);
    for (const priority of [2, 1, undefined, 7, -1, 0, 1]) await acquire(twins, 1, priority);
    for (let n = 0; n < 8; n++) await twins.step('release', (rig) => rig.giveBack('release', 0));
    const served = twins.log.filter((line) => line.startsWith('acquire')).map((line) => line.split(' ')[1]);
    assert.deepEqual(served, ['1', '4', '7', '3', '8', '2', '5', '6']);
  });

  it('takes a priority in whatever form JavaScript callers pass it', async () => {
    const twins = new Twins(clock, { max: 1, priorityRange: 3 });
    await acquire(twins, 1);
    for (const priority of ['1', null, 1.9, Number.NaN, 'high', true, Infinity]) {
      await acquire(twins, 1, priority as number);
    }
    for (let n = 0; n < 8; n++) await twins.step('release', (rig) => rig.giveBack('release', 0));
  });

  for (const fifo of [true, false]) {
    it(`lends the resource ${fifo ? 'idle longest' : 'used last'} with fifo: ${fifo}`, async () => {
      const twins = new Twins(clock, { max: 3, fifo });
      await acquire(twins, 3);
      for (const n of [1, 0, 0]) await twins.step('release', (rig) => rig.giveBack('release', n));
      await acquire(twins, 3);
      const lent = twins.log.filter((line) => line.startsWith('acquire')).slice(3);
      const order = fifo ? ['#2', '#1', '#3'] : ['#3', '#1', '#2'];
      assert.deepEqual(
        lent,
        order.map((id, n) => `acquire ${n + 4} -> ${id}`),
      );
    });
  }

  it('refuses a call beyond maxWaitingClients, calls that wait for a creation included', async () => {
    const twins = new Twins(clock, { max: 2, maxWaitingClients: 1 }, { slowCreate: true });
    await acquire(twins, 3);
    assert.deepEqual(twins.log.at(-1), 'acquire 3 x Error: max waitingClients count exceeded');
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    await acquire(twins, 2);
  });

  it('serves as long as there is room with maxWaitingClients: 0', async () => {
    const twins = new Twins(clock, { max: 2, maxWaitingClients: 0 });
    await acquire(twins, 3);
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    await acquire(twins, 2);
  });

  it('rejects with a TimeoutError after acquireTimeoutMillis and lets the creation serve the next', async () => {
    const twins = new Twins(clock, { max: 1, acquireTimeoutMillis: 100 }, { slowCreate: true });
    await acquire(twins, 1);
    await twins.pass(60);
    await acquire(twins, 1);
    await twins.pass(50);
    assert.equal(twins.log.at(-1), 'acquire 1 x TimeoutError: ResourceRequest timed out');
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    await twins.pass(100);
    assert.equal(twins.log.at(-1), 'acquire 2 -> #1');
  });

  it('keeps a resource whose only caller timed out', async () => {
    const twins = new Twins(clock, { max: 1, acquireTimeoutMillis: 100 }, { slowCreate: true });
    await acquire(twins, 1);
    await twins.pass(150);
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    assert.equal(twins.ours.pool.available, 1);
    await acquire(twins, 1);
  });

  it('destroys a resource on request, makes another for who waits and keeps min', async () => {
    const twins = new Twins(clock, { max: 2, min: 2 });
    await settle();
    await acquire(twins, 3);
    await twins.step('destroy', (rig) => rig.giveBack('destroy', 0));
    await twins.step('destroy', (rig) => rig.giveBack('destroy', 1));
    assert.deepEqual(
      twins.log.filter((line) => /^(create|destroy) #\d$/.test(line)),
      ['create #1', 'create #2', 'destroy #1', 'create #3', 'destroy #3', 'create #4'],
    );
  });

  it('refuses to take back what is not lent', async () => {
    const twins = new Twins(clock, { max: 1 });
    await acquire(twins, 1);
    await twins.step('strangers', (rig) => {
      rig.giveBackStranger('release');
      rig.giveBackStranger('destroy');
    });
    await twins.step('release twice', (rig) => {
      const [held] = rig.held;
      rig.giveBack('release', 0);
      rig.held.push(held!);
      rig.giveBack('release', 0);
    });
    assert.equal(twins.log.at(-1), 'release #1 x Error: Resource not currently part of this pool');
  });

  it('validates before every loan with testOnBorrow and replaces what is invalid', async () => {
    const twins = new Twins(clock, { max: 2, testOnBorrow: true }, { hasValidate: true });
    await acquire(twins, 2);
    await acquire(twins, 1);
    await twins.step('poison', (rig) => rig.poison(0));
    await twins.step('release to a waiting call', (rig) => rig.giveBack('release', 0));
    assert.equal(twins.log.at(-1), 'acquire 3 -> #3');
    assert.ok(twins.log.includes('destroy #1'));
  });

  it('sets validate no time limit', async () => {
    const twins = new Twins(clock, { max: 1, testOnBorrow: true }, { hasValidate: true });
    await acquire(twins, 1);
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    await twins.step('validate slowly', (rig) => {
      rig.behaviour.validateMs = 60_000;
    });
    await acquire(twins, 1);
    await twins.pass(59_999);
    assert.ok(!twins.log.includes('acquire 2 -> #1'));
    await twins.pass(1);
    assert.equal(twins.log.at(-1), 'acquire 2 -> #1');
  });

  it('keeps min when a resource is destroyed while another is under validation', async () => {
    const options = { max: 3, min: 2, testOnBorrow: true };
    // Ours validates what it makes, so that is idle a little later.
    const twins = new Twins(clock, options, { hasValidate: true }, { comparesAvailable: false });
    await settle();
    await acquire(twins, 2);
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    await twins.step('validate slowly', (rig) => {
      rig.behaviour.validateMs = 20;
    });
    await acquire(twins, 1);
    await twins.step('destroy', (rig) => rig.giveBack('destroy', 0));
    assert.equal(twins.ours.pool.size, 2);
    await twins.pass(50);
    assert.equal(twins.log.at(-1), 'acquire 3 -> #1');
  });

  it('keeps min when a resource turns out invalid and another serves the call', async () => {
    const options = { max: 3, min: 2, testOnBorrow: true, fifo: false };
    const twins = new Twins(clock, options, { hasValidate: true });
    await settle();
    await acquire(twins, 1);
    await twins.step('poison', (rig) => rig.poison(0));
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    await acquire(twins, 1);
    assert.equal(twins.ours.pool.size, 2);
    assert.ok(twins.log.includes('create #3'));
  });

  it('gives a waiting call what comes back while a creation is under way, with testOnBorrow too', async () => {
    const twins = new Twins(clock, { max: 2, testOnBorrow: true }, { hasValidate: true });
    await acquire(twins, 1);
    for (const rig of [twins.original, twins.ours]) rig.behaviour.slowCreate = true;
    await acquire(twins, 1);
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    assert.equal(twins.log.at(-1), 'acquire 2 -> #1');
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    assert.equal(twins.ours.pool.available, 1);
  });

  it('gives a resource back after use() and destroys it when the work fails', async () => {
    const twins = new Twins(clock, { max: 1 });
    await twins.step('use', (rig) => rig.use('returns'));
    await twins.step('use', (rig) => rig.use('rejects'));
    await twins.step('use', (rig) => rig.use('returns'));
    assert.deepEqual(
      twins.log.filter((line) => line.includes('->') || line.includes(' x ')),
      ['use 1 -> returned 1', 'use 2 x Error: work failed', 'use 3 -> returned 2'],
    );
  });

  it('reports what destroy rejects with and goes on', async () => {
    const twins = new Twins(clock, { max: 1 }, { undestroyable: new Set([1]) });
    await acquire(twins, 1);
    await twins.step('destroy', (rig) => rig.giveBack('destroy', 0));
    await acquire(twins, 1);
    assert.ok(twins.log.includes('factoryDestroyError: cannot destroy #1'));
  });
});
