import assert from 'node:assert/strict';
import { install } from '@sinonjs/fake-timers';
import { MiddlewareError } from '../../../lib/middleware/middleware.js';
import { retry } from '../../../lib/middleware/retry.js';
import { fakeCluster, gate, settle } from './fake-cluster.js';

describe('Cluster.do: attempts', () => {
  it('goes to nodes the call has not been to first, then to the others again', async () => {
    const { cluster } = fakeCluster(['a', 'b', 'c']);
    cluster.use(retry({ retries: 4, delayMs: 0 }));
    const seen: string[] = [];
    await assert.rejects(
      cluster.do(({ node }, call) => {
        seen.push(node);
        assert.equal(call.attempt, seen.length);
        assert.equal(call.node.id, node);
        throw new Error('again');
      }),
    );
    assert.equal(seen.length, 5);
    assert.equal(new Set(seen.slice(0, 3)).size, 3);
  });

  it('counts a node whose connection failed as visited, and comes back to it when all others were too', async () => {
    const { cluster, source } = fakeCluster(['a', 'b'], { breaker: false });
    source('a').gate = 'fail';
    cluster.use(retry({ retries: 2, delayMs: 0 }));
    const seen: string[] = [];
    await assert.rejects(
      cluster.do(({ node }) => {
        seen.push(node);
        throw new Error('again');
      }),
    );
    assert.deepEqual(seen, ['b', 'b', 'b']);
    assert.ok(source('a').gets.length >= 1 && source('a').gets.length <= 3);
  });

  it('stays at the pinned node in every attempt', async () => {
    const { cluster } = fakeCluster(['a', 'b']);
    cluster.use(retry({ retries: 2, delayMs: 0 }));
    const seen: string[] = [];
    await assert.rejects(
      cluster.do(
        ({ node }) => {
          seen.push(node);
          throw new Error('again');
        },
        { endpointId: 'b' },
      ),
    );
    assert.deepEqual(seen, ['b', 'b', 'b']);
  });

  it('rejects when no node is left for another attempt', async () => {
    const { cluster } = fakeCluster(['a'], { breaker: { maxFails: 1 } });
    cluster.use(retry({ retries: 3, delayMs: 0, isRetryable: (e) => (e as Error).message === 'again' }));
    let runs = 0;
    await assert.rejects(
      cluster.do(() => {
        runs++;
        throw new Error('again');
      }),
      { code: 'ERR_NO_AVAILABLE_CLIENT', message: /none of 1 nodes is available/ },
    );
    assert.equal(runs, 1);
  });

  it('have the full timeoutMs each', async () => {
    const clock = install();
    try {
      const { cluster } = fakeCluster(['a', 'b'], {}, 'never');
      cluster.use(retry({ retries: 2, delayMs: 0, budget: false }));
      const call = cluster.do(() => {}, { timeoutMs: 100 });
      const since = performance.now();
      await Promise.all([
        assert.rejects(call, { code: 'ERR_NO_AVAILABLE_CLIENT', message: /within 100 ms/ }),
        clock.runAllAsync(),
      ]);
      assert.equal(performance.now() - since, 300);
    } finally {
      clock.uninstall();
    }
  });

  it('runs attempts side by side on different nodes, each with its own client and signal', async () => {
    const { cluster, inFlight } = fakeCluster(['a', 'b']);
    cluster.use(async (_call, next) => {
      const both = await Promise.all([next(), next()]);
      return both.join(' ');
    });
    const hold = gate();
    const result = cluster.do(async (client, call) => {
      assert.equal(call.client, client);
      assert.equal(call.node.id, client.node);
      await hold.promise;
      assert.equal(call.client, client);
      return client.node;
    });
    await settle();
    assert.equal(inFlight(), 2);
    hold.resolve();
    assert.deepEqual((await result).split(' ').sort(), ['a', 'b']);
    assert.equal(inFlight(), 0);
  });
});

describe('Cluster.do: middleware', () => {
  it('runs in order of registration, outermost first, around the connection', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const log: string[] = [];
    for (const name of ['outer', 'inner']) {
      cluster.use(async (call, next) => {
        log.push(`${name} in, client ${call.client}, gets ${source('a').gets.length}`);
        const result = await next();
        log.push(`${name} out, client ${call.client?.number}`);
        return result;
      });
    }
    await cluster.do(() => log.push('call'), { method: 'm' });
    assert.deepEqual(log, [
      'outer in, client undefined, gets 0',
      'inner in, client undefined, gets 0',
      'call',
      'inner out, client 1',
      'outer out, client 1',
    ]);
  });

  it('knows a shared client from the start', async () => {
    const { cluster } = fakeCluster([]);
    const client = { node: 'a', number: 0 };
    cluster.addClient(client, { id: 'a' });
    let seen: unknown;
    cluster.use((call, next) => {
      seen = call.client;
      return next();
    });
    await cluster.do(() => {});
    assert.equal(seen, client);
  });

  it('may refuse a call, which sends nothing to the node and takes no connection', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a'], { breaker: { maxFails: 1 } });
    cluster.use(() => Promise.reject(new MiddlewareError('too many')));
    await assert.rejects(
      cluster.do(() => {}),
      { code: 'ERR_MIDDLEWARE' },
    );
    assert.equal(source('a').gets.length, 0);
    assert.equal(inFlight(), 0);
    assert.deepEqual([cluster.stats().nodes[0]!.state, cluster.stats().nodes[0]!.calls], ['healthy', 0]);
  });

  it('may answer a call itself', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a']);
    cluster.use(() => Promise.resolve('cached'));
    assert.equal(await cluster.do(() => 'fresh'), 'cached');
    assert.equal(source('a').gets.length, 0);
    assert.equal(inFlight(), 0);
  });

  it('that throws synchronously rejects the call and leaves nothing in flight', async () => {
    const { cluster, inFlight } = fakeCluster(['a']);
    cluster.use(() => {
      throw new Error('oops');
    });
    await assert.rejects(
      cluster.do(() => {}),
      /oops/,
    );
    assert.equal(inFlight(), 0);
  });

  it('is refused when it is no function, and the others stay', async () => {
    const { cluster } = fakeCluster(['a']);
    let runs = 0;
    cluster.use((_call, next) => {
      runs++;
      return next();
    });
    assert.throws(() => cluster.use('x' as never), { code: 'ERR_INVALID_OPTION' });
    await cluster.do(() => {});
    assert.equal(runs, 1);
  });
});
