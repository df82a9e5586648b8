import assert from 'node:assert/strict';
import { fakeCluster } from './fake-cluster.js';

describe('Cluster.get', () => {
  it('gives a transport whose close gives the client back and counts as a success', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a']);
    const transport = await cluster.get();
    assert.equal(transport.client.node, 'a');
    assert.deepEqual([inFlight(), cluster.stats().running], [1, 1]);
    await transport.close();
    await transport.close(true);
    assert.deepEqual([source('a').lent, source('a').broken, inFlight()], [0, 0, 0]);
    const stats = cluster.stats();
    assert.deepEqual([stats.nodes[0]!.calls, stats.nodes[0]!.failures, stats.running], [1, 0, 0]);
  });

  it('counts close(true) and markBroken() as failures', async () => {
    const { cluster, source, state } = fakeCluster(['a'], { breaker: { maxFails: 2 } });
    await (await cluster.get()).close(true);
    const transport = await cluster.get();
    transport.markBroken(new Error('reset'));
    transport.markBroken(new Error('again'));
    await transport.close();
    transport.markBroken(new Error('late'));
    assert.deepEqual([source('a').broken, state('a')], [2, 'open']);
    assert.equal(cluster.stats().nodes[0]!.lastError, 'reset');
    assert.equal(cluster.stats().nodes[0]!.failures, 2);
  });

  it('lets isFailure judge the error of markBroken()', async () => {
    const { cluster, source, state } = fakeCluster(['a'], {
      breaker: { maxFails: 1 },
      isFailure: (error) => !(error instanceof RangeError),
    });
    const transport = await cluster.get();
    transport.markBroken(new RangeError('mine'));
    await transport.close();
    assert.deepEqual([source('a').broken, state('a')], [1, 'healthy']);
    const other = await cluster.get();
    other.markBroken();
    await other.close();
    assert.equal(state('a'), 'open');
  });

  it('gives transports that can be detached and disposed', async () => {
    const { cluster, source, inFlight } = fakeCluster(['a']);
    const transport = await cluster.get();
    assert.equal(transport.detach().node, 'a');
    await transport.close();
    assert.equal(inFlight(), 0);
    const second = await cluster.get();
    await second[Symbol.asyncDispose]();
    assert.deepEqual([source('a').lent, inFlight(), cluster.stats().running], [0, 0, 0]);
  });

  it('moves on like do, within timeoutMs, and runs no middleware', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    cluster.use(() => Promise.reject(new Error('middleware')));
    source('a').gate = 'fail';
    for (let i = 0; i < 2; i++) {
      const transport = await cluster.get({ timeoutMs: 100 });
      assert.equal(transport.client.node, 'b');
      await transport.close();
    }
    source('b').gate = 'fail';
    await assert.rejects(cluster.get(), { code: 'ERR_NO_AVAILABLE_CLIENT' });
    assert.equal(cluster.stats().running, 0);
  });

  it('refuses options it does not know, and values that are not allowed', async () => {
    const { cluster } = fakeCluster(['a']);
    const cases: [unknown, string][] = [
      [{ retries: 1 }, 'retries'],
      [{ timeoutMs: -1 }, 'timeoutMs'],
      [{ priority: 'high' }, 'priority'],
      [{ signal: {} }, 'signal'],
      [{ balancer: 'fastest' }, 'balancer'],
      [{ balancer: {} }, 'balancer'],
      [{ method: 1 }, 'method'],
      [{ hashKey: 1 }, 'hashKey'],
      [{ endpointId: 1 }, 'endpointId'],
      [{ label: 1 }, 'label'],
      [null, 'options'],
    ];
    for (const [options, option] of cases) {
      await assert.rejects(cluster.get(options as never), { code: 'ERR_INVALID_OPTION', option });
      await assert.rejects(
        cluster.do(() => 1, options as never),
        { code: 'ERR_INVALID_OPTION', option },
      );
    }
    await assert.rejects(cluster.do('x' as never), { code: 'ERR_INVALID_OPTION', option: 'fn' });
    const undefinedOptions = {
      signal: undefined,
      method: undefined,
      balancer: undefined,
      timeoutMs: undefined,
    };
    assert.equal(await cluster.do(() => 1, undefinedOptions), 1);
  });
});
