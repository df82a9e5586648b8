import assert from 'node:assert/strict';
import { type FakeTime, fakeTime } from './fake-time.js';
import { settle, Twins } from './twins.js';

describe('generic-pool, the original and ours: start, drain, clear, ready', () => {
  let clock: FakeTime;
  beforeEach(() => {
    clock = fakeTime();
  });
  afterEach(() => clock.uninstall());

  it('begins to make min resources within createPool', () => {
    const twins = new Twins(clock, { max: 3, min: 2 }, { slowCreate: true });
    assert.deepEqual(twins.log, ['create #1', 'create #2']);
    assert.equal(twins.ours.pool.size, 2);
  });

  it('counts lent resources towards min', async () => {
    const twins = new Twins(clock, { max: 3, min: 2 });
    await settle();
    await twins.step('acquire', (rig) => rig.acquire());
    await twins.step('acquire', (rig) => rig.acquire());
    assert.equal(twins.log.filter((line) => line.startsWith('create')).length, 2);
  });

  it('waits for start() with autostart: false', async () => {
    const twins = new Twins(clock, { max: 3, min: 2, autostart: false });
    await settle();
    assert.deepEqual(twins.log, []);
    await twins.step('start', (rig) => rig.pool.start());
    await twins.step('start again', (rig) => rig.pool.start());
    assert.deepEqual(twins.log, ['create #1', 'create #2']);
  });

  it('starts eviction once, and not at all after drain()', async () => {
    const options = { max: 1, autostart: false, evictionRunIntervalMillis: 10 };
    const twins = new Twins(clock, options);
    await twins.step('start', (rig) => rig.pool.start());
    await twins.step('start again', (rig) => rig.pool.start());
    assert.equal(clock.countTimers(), 2, 'one timer each');
    await twins.step('drain', (rig) => rig.wait('drain'));
    assert.equal(clock.countTimers(), 0);
    const late = new Twins(clock, { ...options, min: 1 });
    await late.step('drain', (rig) => rig.wait('drain'));
    await late.step('start', (rig) => rig.pool.start());
    assert.equal(clock.countTimers(), 0);
    assert.equal(late.ours.pool.size, 0);
  });

  it('starts with the first acquire with autostart: false', async () => {
    const twins = new Twins(clock, { max: 3, min: 2, autostart: false });
    await twins.step('acquire', (rig) => rig.acquire());
    assert.equal(twins.ours.pool.size, 2);
  });

  it('reads min and max as it always has', () => {
    const { emitWarning } = process;
    process.emitWarning = () => {};
    try {
      sameLimits();
    } finally {
      process.emitWarning = emitWarning;
    }
  });

  function sameLimits(): void {
    for (const limits of [
      {},
      { max: '3', min: '2' },
      { max: 3, min: 5 },
      { max: 0, min: -1 },
      { max: 2.9, min: 1.9 },
      { max: null, min: undefined },
      { max: [], min: 'asf' },
      { max: Infinity },
    ]) {
      const twins = new Twins(clock, { ...(limits as object), autostart: false });
      assert.deepEqual(
        [twins.ours.pool.max, twins.ours.pool.min],
        [twins.original.pool.max, twins.original.pool.min],
      );
    }
  }

  it('drains: refuses new calls, serves those that wait, resolves when all is back', async () => {
    const twins = new Twins(clock, { max: 1, min: 1 });
    await settle();
    for (let n = 0; n < 3; n++) await twins.step('acquire', (rig) => rig.acquire());
    await twins.step('drain', (rig) => rig.wait('drain'));
    await twins.step('acquire', (rig) => rig.acquire());
    assert.equal(twins.log.at(-1), 'acquire 4 x Error: pool is draining and cannot accept work');
    await twins.step('release', (rig) => rig.giveBack('release', 0));
    await twins.step('destroy', (rig) => rig.giveBack('destroy', 0));
    assert.ok(!twins.log.includes('drain -> done'));
    await twins.step('release', (rig) => rig.giveBack('destroy', 0));
    assert.equal(twins.log.at(-1), 'drain -> done');
    assert.equal(twins.ours.pool.size, 0);
    await twins.step('start after drain', (rig) => rig.pool.start());
  });

  it('drains an idle pool at once, as often as it is asked to', async () => {
    const twins = new Twins(clock, { max: 2, min: 2 });
    await settle();
    await twins.step('drain', (rig) => rig.wait('drain'));
    await twins.step('drain', (rig) => rig.wait('drain'));
    assert.deepEqual(twins.log.slice(2), ['drain -> done', 'drain -> done']);
  });

  it('drains when the last call that waits runs out of time', async () => {
    const twins = new Twins(clock, { max: 1, acquireTimeoutMillis: 50 }, { slowCreate: true });
    await twins.step('acquire', (rig) => rig.acquire());
    await twins.step('drain', (rig) => rig.wait('drain'));
    assert.ok(!twins.log.includes('drain -> done'));
    await twins.pass(50);
    assert.ok(twins.log.includes('drain -> done'));
  });

  it('stops eviction once drained', async () => {
    const twins = new Twins(clock, { max: 2, min: 2, evictionRunIntervalMillis: 10, idleTimeoutMillis: 50 });
    await settle();
    await twins.pass(40);
    await twins.step('drain', (rig) => rig.wait('drain'));
    await twins.pass(500);
    assert.ok(!twins.log.some((line) => line.startsWith('destroy')));
    assert.equal(clock.countTimers(), 0);
  });

  it('clears idle resources, leaves lent ones alone and makes up for min', async () => {
    const twins = new Twins(clock, { max: 3, min: 2 }, {}, { comparesAvailable: false });
    await settle();
    await twins.step('acquire', (rig) => rig.acquire());
    await twins.step('clear', (rig) => rig.wait('clear'));
    assert.deepEqual(twins.log.slice(2), ['acquire 1 -> #1', 'destroy #2', 'create #3', 'clear -> done']);
    assert.equal(twins.ours.pool.size, 2);
  });

  it('clears what is being made, once it is made', async () => {
    const twins = new Twins(clock, { max: 2, min: 2 }, { slowCreate: true }, { comparesAvailable: false });
    await twins.step('drain', (rig) => rig.wait('drain'));
    await twins.step('clear', (rig) => rig.wait('clear'));
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    assert.ok(!twins.log.includes('clear -> done'));
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    assert.deepEqual(twins.log.slice(-3), ['destroy #1', 'destroy #2', 'clear -> done']);
    assert.equal(twins.ours.pool.size, 0);
  });

  it('resolves clear() when what was being made fails', async () => {
    const twins = new Twins(clock, { max: 1, min: 1 }, { slowCreate: true }, { comparesAvailable: false });
    await twins.step('clear', (rig) => rig.wait('clear'));
    await twins.step('finishCreate', (rig) => rig.finishCreate(new Error('refused')));
    assert.deepEqual(twins.log.slice(1).sort(), ['clear -> done', 'factoryCreateError: refused']);
  });

  it('resolves clear() when what it destroys is destroyed', async () => {
    const behaviour = { neverDestroyed: true };
    const options = { max: 1, min: 1, destroyTimeoutMillis: 50 };
    const twins = new Twins(clock, options, behaviour, { comparesAvailable: false });
    await twins.step('drain', (rig) => rig.wait('drain'));
    await twins.step('clear', (rig) => rig.wait('clear'));
    assert.equal(twins.log.at(-1), 'destroy #1');
    await twins.pass(50);
    assert.deepEqual(twins.log.slice(-2), ['factoryDestroyError: destroy timed out', 'clear -> done']);
  });

  it('resolves clear() when a destroy fails', async () => {
    const behaviour = { undestroyable: new Set([1]) };
    const twins = new Twins(clock, { max: 2, min: 2 }, behaviour, { comparesAvailable: false });
    await settle();
    await twins.step('drain', (rig) => rig.wait('drain'));
    await twins.step('clear', (rig) => rig.wait('clear'));
    assert.ok(twins.log.includes('factoryDestroyError: cannot destroy #1'));
    assert.ok(twins.log.includes('clear -> done'));
  });

  it('gives a destroy up after destroyTimeoutMillis', async () => {
    const twins = new Twins(clock, { max: 1, destroyTimeoutMillis: 50 }, { neverDestroyed: true });
    await twins.step('acquire', (rig) => rig.acquire());
    await twins.step('destroy', (rig) => rig.giveBack('destroy', 0));
    assert.equal(twins.log.at(-1), 'destroy #1 -> done');
    await twins.pass(60);
    assert.equal(twins.log.at(-1), 'factoryDestroyError: destroy timed out');
  });

  it('is ready when min resources are idle', async () => {
    const twins = new Twins(clock, { max: 3, min: 2 }, { slowCreate: true });
    await twins.step('ready', (rig) => rig.wait('ready'));
    await twins.step('finishCreate', (rig) => rig.finishCreate());
    assert.ok(!twins.log.includes('ready -> done'));
    // Time for the original to look again.
    twins.ours.finishCreate();
    twins.original.finishCreate();
    await twins.pass(100);
    assert.equal(twins.log.at(-1), 'ready -> done');
  });
});
