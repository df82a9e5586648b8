import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import type { ClusterOptions } from '../../../lib/cluster/index.js';
import { MiddlewareError } from '../../../lib/middleware/middleware.js';
import {
  DialError,
  PoolClosedError,
  PoolExhaustedError,
  WaitQueueFullError,
  WaitTimeoutError,
} from '../../../lib/pool/errors.js';
import { waitForEvent } from '../../support/wait-for.js';
import { type FakeCluster, fakeCluster, settle } from './fake-cluster.js';
import { type FakeClient, FakeSource } from './fake-source.js';

const fail = () => Promise.reject(new Error('down'));
const stats = new FakeSource('s').stats();

describe('The breaker of a node', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  /** One node, whose breaker opens at the first failure. */
  const oneNode = (options: ClusterOptions<FakeClient> = {}) =>
    fakeCluster(['a'], { breaker: { maxFails: 1, cooldownMs: 1_000 }, ...options });

  const trip = async ({ cluster }: FakeCluster) => assert.rejects(cluster.do(fail), /down/);

  it('opens after 3 failures in a row by default and closes after a trial 5 s later', async () => {
    const { cluster, state, events } = fakeCluster(['a']);
    for (let i = 0; i < 3; i++) {
      assert.equal(state('a'), 'healthy');
      await assert.rejects(cluster.do(fail), /down/);
    }
    assert.equal(state('a'), 'open');
    await assert.rejects(
      cluster.do(() => 1),
      { code: 'ERR_NO_AVAILABLE_CLIENT' },
    );
    clock.tick(5_000);
    assert.equal(await cluster.do(() => 1), 1);
    assert.equal(state('a'), 'healthy');
    assert.deepEqual(events.slice(2), ['breakerOpen a', 'breakerHalfOpen a', 'breakerClose a']);
  });

  it('keeps calls away from its node while it is open', async () => {
    const { cluster, source } = fakeCluster(['a', 'b'], { breaker: { maxFails: 1 } });
    source('a').gate = 'fail';
    for (let i = 0; i < 10; i++) assert.equal(await cluster.do((c) => c.node), 'b');
    assert.equal(source('a').gets.length, 1);
  });

  it('lets one call at a time through on trial', async () => {
    const fake = oneNode();
    const { cluster, state } = fake;
    await trip(fake);
    clock.tick(1_000);
    const trial = cluster.do(() => new Promise((resolve) => setTimeout(resolve, 100, 'ok')));
    await settle();
    assert.equal(state('a'), 'half-open');
    await assert.rejects(
      cluster.do(() => 1),
      { code: 'ERR_NO_AVAILABLE_CLIENT' },
    );
    await clock.tickAsync(100);
    assert.equal(await trial, 'ok');
    assert.equal(state('a'), 'healthy');
  });

  it('counts a failed dial as a failure, whatever isFailure says', async () => {
    const { cluster, source, state } = oneNode({ isFailure: () => false });
    source('a').gate = 'fail';
    source('a').failure = new DialError('p', 2, new Error('refused'));
    await assert.rejects(cluster.do(() => 1));
    assert.equal(state('a'), 'open');
  });

  for (const [what, error] of [
    ['exhaustion', new PoolExhaustedError(stats, 1)],
    ['a full queue', new WaitQueueFullError(stats, 1)],
    ['a wait timeout', new WaitTimeoutError(stats, 1, 'queue', undefined)],
    ['a closed pool', new PoolClosedError('p')],
  ] as const) {
    it(`counts ${what} as nothing, and it frees the trial`, async () => {
      const fake = oneNode();
      const { cluster, source, state } = fake;
      source('a').gate = 'fail';
      source('a').failure = error;
      await assert.rejects(
        cluster.do(() => 1),
        { code: 'ERR_NO_AVAILABLE_CLIENT' },
      );
      assert.equal(state('a'), 'healthy');
      source('a').gate = 'ok';
      await trip(fake);
      clock.tick(1_000);
      source('a').gate = 'fail';
      await assert.rejects(cluster.do(() => 1));
      source('a').gate = 'ok';
      assert.equal(await cluster.do(() => 1), 1);
      assert.equal(state('a'), 'healthy');
    });
  }

  it("counts the caller's abort as nothing, and it frees the trial", async () => {
    const fake = oneNode();
    const { cluster, state } = fake;
    const abort = async () => {
      const controller = new AbortController();
      const call = cluster.do(() => new Promise(() => {}), { signal: controller.signal });
      await settle();
      controller.abort(new Error('enough'));
      await assert.rejects(call, /enough/);
    };
    await abort();
    assert.equal(state('a'), 'healthy');
    await trip(fake);
    clock.tick(1_000);
    await abort();
    assert.equal(state('a'), 'open');
    assert.equal(await cluster.do(() => 1), 1);
    assert.equal(state('a'), 'healthy');
  });

  it('counts a MiddlewareError as nothing, before and inside the call, and it frees the trial', async () => {
    const fake = oneNode();
    const { cluster, state } = fake;
    let refuses = false;
    cluster.use((_call, next) => (refuses ? Promise.reject(new MiddlewareError('too many')) : next()));
    await trip(fake);
    clock.tick(1_000);
    refuses = true;
    await assert.rejects(
      cluster.do(() => 1),
      /too many/,
    );
    refuses = false;
    await assert.rejects(
      cluster.do(() => Promise.reject(new MiddlewareError('inside'))),
      /inside/,
    );
    assert.equal(await cluster.do(() => 1), 1);
    assert.equal(state('a'), 'healthy');
  });

  it('takes an error that isFailure refuses for a success', async () => {
    const fake = oneNode({ isFailure: (error) => !(error instanceof RangeError) });
    const { cluster, state } = fake;
    const notFound = () => Promise.reject(new RangeError('not found'));
    await assert.rejects(cluster.do(notFound), RangeError);
    assert.equal(state('a'), 'healthy');
    await trip(fake);
    clock.tick(1_000);
    await assert.rejects(cluster.do(notFound), RangeError);
    assert.equal(state('a'), 'healthy');
  });

  for (const [what, isFailure, said] of [
    ['throws', () => assert.fail('a bug'), /a bug/],
    ['gives a promise', async () => false, /isFailure must answer at once, got a promise/],
    ['gives a promise that rejects', () => Promise.reject(new Error('x')), /isFailure must answer at once/],
  ] as const) {
    it(`takes an error for a failure when isFailure ${what}, and a warning tells`, async () => {
      const warning = waitForEvent<[Error]>(process, 'warning');
      const { cluster, state } = oneNode({ isFailure: isFailure as unknown as () => boolean });
      await assert.rejects(cluster.do(fail), /down/);
      assert.equal(state('a'), 'open');
      clock.runMicrotasks();
      assert.match((await warning)[0].message, said);
    });
  }

  it('can be switched off', async () => {
    const { cluster, state, source } = oneNode({ breaker: false });
    source('a').gate = 'fail';
    for (let i = 0; i < 10; i++) await assert.rejects(cluster.do(() => 1));
    assert.equal(source('a').gets.length, 10);
    assert.equal(state('a'), 'healthy');
    assert.equal(cluster.stats().nodes[0]!.breaker, 'closed');
  });
});
