import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type Clock, install } from '@sinonjs/fake-timers';
import { bulkhead } from '../../../lib/middleware/bulkhead.js';
import { rateLimit } from '../../../lib/middleware/rate-limit.js';
import { retry } from '../../../lib/middleware/retry.js';
import { fakeCluster, settle } from './fake-cluster.js';

const never = () => new Promise<never>(() => {});
const CLOSED = { code: 'ERR_POOL_CLOSED', message: /'c'/ };

describe('Cluster.close({ timeoutMs }): calls that wait in middleware', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('are rejected at the cut and leave no timer, with a signal of their own and without', async () => {
    const { cluster, inFlight } = fakeCluster(['a']);
    cluster.use(rateLimit({ perSecond: 0.2, burst: 1 }));
    await cluster.do(() => 1);
    const { signal } = new AbortController();
    const calls = [cluster.do(() => 2), cluster.do(() => 3, { signal })].map((call) =>
      assert.rejects(call, CLOSED),
    );
    await settle();
    const closing = cluster.close({ timeoutMs: 20 });
    await clock.tickAsync(19);
    assert.equal(cluster.stats().running, 2);
    await clock.tickAsync(1);
    await closing;
    await Promise.all(calls);
    assert.deepEqual([cluster.stats().running, inFlight(), clock.countTimers()], [0, 0, 0]);
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('see their signal abort, and run nothing when they do not obey it', async () => {
    const { cluster, source } = fakeCluster(['a']);
    let seen: AbortSignal | undefined;
    cluster.use(async (call, next) => {
      seen = call.signal;
      await new Promise((resolve) => setTimeout(resolve, 100));
      return next();
    });
    const call = assert.rejects(
      cluster.do(() => assert.fail('ran')),
      CLOSED,
    );
    await settle();
    const closing = cluster.close({ timeoutMs: 20 });
    await clock.tickAsync(20);
    await Promise.all([closing, call]);
    assert.equal((seen!.reason as { code: string }).code, 'ERR_POOL_CLOSED');
    await clock.tickAsync(100);
    assert.equal(source('a').gets.length, 0);
  });

  it('do not wait for another attempt when the cut ended the one under way', async () => {
    const { cluster, source } = fakeCluster(['a']);
    cluster.use(retry({ retries: 3, delayMs: 5_000, random: () => 0.99 }));
    let failCall: (error: Error) => void = () => {};
    const close = source('a').close.bind(source('a'));
    source('a').close = async (options) => {
      failCall(new Error('connection closed'));
      return close(options);
    };
    const call = assert.rejects(
      cluster.do(
        () =>
          new Promise((_resolve, reject) => {
            failCall = reject;
          }),
      ),
      /^Error: connection closed$/,
    );
    await settle();
    const closing = cluster.close({ timeoutMs: 20 });
    await clock.tickAsync(20);
    await closing;
    await settle();
    await call;
    assert.equal(clock.countTimers(), 0);
  });

  it('leave those whose function runs to the end of their connection', async () => {
    const { cluster } = fakeCluster(['a']);
    cluster.use(bulkhead({ maxConcurrent: 1, maxWaiting: 5 }));
    let end: (value: string) => void = () => {};
    const running = cluster.do(
      () =>
        new Promise<string>((resolve) => {
          end = resolve;
        }),
    );
    const waiting = assert.rejects(cluster.do(never), CLOSED);
    await settle();
    const closing = cluster.close({ timeoutMs: 20 });
    await clock.tickAsync(20);
    await Promise.all([closing, waiting]);
    end('just in time');
    assert.equal(await running, 'just in time');
  });

  it('go on when the cluster is closed without a limit', async () => {
    const { cluster } = fakeCluster(['a']);
    cluster.use(rateLimit({ perSecond: 1, burst: 1 }));
    await cluster.do(() => 1);
    const call = cluster.do(() => 2);
    await settle();
    const closing = cluster.close();
    await clock.tickAsync(1_000);
    assert.equal(await call, 2);
    await closing;
  });
});
