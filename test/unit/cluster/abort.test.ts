import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { type Clock, install } from '@sinonjs/fake-timers';
import { timeout } from '../../../lib/middleware/timeout.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';
import { SLOW_MS } from './fake-source.js';

const never = () => new Promise<never>(() => {});

describe('Cluster.do: a signal bounds everything', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  const listeners = (signal: AbortSignal) => getEventListeners(signal, 'abort').length;

  it('rejects with the reason before anything is done when it is aborted already', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const reason = new Error('enough');
    await assert.rejects(
      cluster.do(() => 1, { signal: AbortSignal.abort(reason) }),
      (e) => e === reason,
    );
    await assert.rejects(cluster.get({ signal: AbortSignal.abort(reason) }), (e) => e === reason);
    assert.equal(source('a').gets.length, 0);
  });

  it('rejects with a reason that is no Error as it is', async () => {
    const { cluster } = fakeCluster(['a']);
    const controller = new AbortController();
    const call = cluster.do(never, { signal: controller.signal });
    await settle();
    controller.abort('stop');
    await assert.rejects(call, (e) => e === 'stop');
  });

  it('ends the wait for a connection, and gives one that comes later back', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a', 'b']);
    source('a').gate = source('b').gate = 'slow';
    const controller = new AbortController();
    const call = cluster.do(() => 1, { signal: controller.signal });
    await settle();
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(call, (e) => e === reason);
    assert.equal(inFlight(), 0);
    assert.equal(source('a').gets.length + source('b').gets.length, 1);
    await clock.tickAsync(SLOW_MS);
    assert.deepEqual(
      [source('a').lent, source('b').lent, source('a').broken + source('b').broken],
      [0, 0, 0],
    );
    assert.equal(listeners(controller.signal), 0);
  });

  it('ends a call under way at once and destroys its connection', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a']);
    const controller = new AbortController();
    const call = cluster.do(never, { signal: controller.signal });
    await settle();
    const reason = new Error('enough');
    controller.abort(reason);
    await assert.rejects(call, (e) => e === reason);
    assert.deepEqual([source('a').lent, source('a').broken, inFlight()], [0, 1, 0]);
    assert.equal(listeners(controller.signal), 0);
  });

  it('swallows what the function still rejects with after the abort', async () => {
    const { cluster } = fakeCluster(['a']);
    const controller = new AbortController();
    const late = gate();
    const call = cluster.do(() => late.promise, { signal: controller.signal });
    await settle();
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    late.reject(new Error('late'));
    await settle();
  });

  it('ends a call that is stuck in middleware which ignores it', async () => {
    const { cluster, inFlight } = fakeCluster(['a'], { breaker: { maxFails: 1 } });
    cluster.use(never);
    const controller = new AbortController();
    const call = cluster.do(() => 1, { signal: controller.signal });
    await settle();
    assert.equal(inFlight(), 1);
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    assert.equal(inFlight(), 0);
    assert.equal(cluster.stats().running, 0);
  });

  it('between taking a connection and running the function leaves the connection whole', async () => {
    for (let delay = 0; delay < 12; delay++) {
      const { cluster, source, inFlight } = fakeCluster(['a']);
      const controller = new AbortController();
      const fake = source('a');
      const take = fake.get.bind(fake);
      fake.get = async (options) => {
        const transport = await take(options);
        let pending = Promise.resolve();
        for (let i = 0; i < delay; i++) pending = pending.then(() => {});
        void pending.then(() => controller.abort(new Error('enough')));
        return transport;
      };
      let ran = false;
      const call = cluster.do(
        () => {
          ran = true;
          return never();
        },
        { signal: controller.signal },
      );
      await assert.rejects(call, /enough/);
      await settle();
      assert.deepEqual(
        [fake.lent, fake.broken, inFlight()],
        [0, ran ? 1 : 0, 0],
        `after ${delay} microtasks`,
      );
    }
  });

  it('runs no further attempt once aborted', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const controller = new AbortController();
    const hold = gate();
    cluster.use(async (_call, next) => {
      await hold.promise;
      return next();
    });
    const call = cluster.do(() => 1, { signal: controller.signal });
    controller.abort(new Error('enough'));
    await assert.rejects(call, /enough/);
    hold.resolve();
    await settle();
    assert.equal(source('a').gets.length, 0);
  });

  it('leaves no listener behind after a call that went well', async () => {
    const { cluster } = fakeCluster(['a']);
    cluster.use((_call, next) => next());
    const { signal } = new AbortController();
    await cluster.do(() => 1, { signal });
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('x')), { signal }),
      /x/,
    );
    await (await cluster.get({ signal })).close();
    assert.equal(listeners(signal), 0);
  });

  it('ends the call when the timeout middleware aborts it, which counts against the node', async () => {
    const { cluster, source, inFlight, state } = fakeCluster(['a'], { breaker: { maxFails: 1 } });
    cluster.use(timeout({ timeoutMs: 100 }));
    const call = cluster.do(never);
    const rejected = assert.rejects(call, { code: 'ERR_CALL_TIMEOUT' });
    await clock.tickAsync(100);
    await rejected;
    assert.deepEqual([source('a').lent, source('a').broken, inFlight()], [0, 1, 0]);
    assert.equal(state('a'), 'open');
  });
});

describe('Cluster.do: timeoutMs bounds getting a connection', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('over all nodes together', async () => {
    const { cluster, source } = fakeCluster(['a', 'b', 'c']);
    for (const id of ['a', 'b', 'c']) {
      const fake = source(id);
      fake.get = async (options) => {
        fake.gets.push(options);
        await new Promise((resolve) => setTimeout(resolve, 60));
        throw new Error('refused');
      };
    }
    const rejected = assert.rejects(
      cluster.do(() => 1, { timeoutMs: 100 }),
      {
        code: 'ERR_NO_AVAILABLE_CLIENT',
        message: /2 nodes gave no connection within 100 ms/,
      },
    );
    await clock.tickAsync(99);
    assert.equal(cluster.stats().running, 1);
    await clock.tickAsync(1);
    await rejected;
    const limits = ['a', 'b', 'c'].flatMap((id) => source(id).gets.map((o) => o?.timeoutMs));
    assert.deepEqual(limits, [100, 40]);
  });

  it('even with a source that ignores it', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a', 'b'], { breaker: { maxFails: 1 } });
    source('a').gate = source('b').gate = 'never';
    const rejected = assert.rejects(
      cluster.do(() => 1, { timeoutMs: 100 }),
      (e: Error) => {
        assert.equal((e.cause as { code: string }).code, 'ERR_WAIT_TIMEOUT');
        return (e as Error & { code: string }).code === 'ERR_NO_AVAILABLE_CLIENT';
      },
    );
    await clock.tickAsync(100);
    await rejected;
    assert.equal(inFlight(), 0);
    assert.ok(cluster.stats().nodes.every((node) => node.state === 'healthy'));
  });

  it('but not the call itself', async () => {
    const { cluster } = fakeCluster(['a']);
    const call = cluster.do(() => new Promise((resolve) => setTimeout(resolve, 500, 'done')), {
      timeoutMs: 100,
    });
    await clock.tickAsync(500);
    assert.equal(await call, 'done');
  });

  it('and leaves no timer when the connection is there in time', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    await cluster.do(() => 1, { timeoutMs: 60_000 });
    source('a').gate = source('b').gate = 'fail';
    await assert.rejects(cluster.do(() => 1, { timeoutMs: 60_000 }));
    assert.equal(clock.countTimers(), 0);
  });

  it('not at all when it is 0', async () => {
    const { cluster, source } = fakeCluster(['a']);
    source('a').gate = 'slow';
    const call = cluster.do(() => 'done', { timeoutMs: 0 });
    await clock.tickAsync(SLOW_MS);
    assert.equal(await call, 'done');
    assert.equal(source('a').gets[0]?.timeoutMs, 0);
  });

  it('hands signal and priority on to the node, and nothing that it does not know', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const { signal } = new AbortController();
    await cluster.do(() => 1, { signal, priority: 3, method: 'm', hashKey: 'k' });
    await cluster.do(() => 1, { method: 'm' });
    assert.deepEqual(source('a').gets, [{ signal, timeoutMs: undefined, priority: 3 }, undefined]);
  });
});
