import assert from 'node:assert/strict';
import { NoAvailableClientError } from '../../../lib/cluster/index.js';
import { PoolExhaustedError } from '../../../lib/pool/errors.js';
import { fakeCluster } from './fake-cluster.js';

const nodeOf = (client: { node: string }) => client.node;

describe('Cluster.do: from node to node', () => {
  it('spreads calls over the nodes in turn by default', async () => {
    const { cluster } = fakeCluster(['a', 'b', 'c']);
    const seen: string[] = [];
    for (let i = 0; i < 6; i++) seen.push(await cluster.do(nodeOf));
    assert.deepEqual([...seen].sort(), ['a', 'a', 'b', 'b', 'c', 'c']);
    assert.equal(new Set(seen.slice(0, 3)).size, 3);
  });

  it('gives the function its client and the call, and its result back', async () => {
    const { cluster } = fakeCluster(['a']);
    const result = await cluster.do(
      async (client, call) => ({ client, call: { ...call, node: call.node.id } }),
      { method: 'echo', label: 'svc' },
    );
    const client = { node: 'a', number: 1 };
    assert.deepEqual(result.client, client);
    assert.deepEqual(
      { ...result.call },
      { node: 'a', client, signal: undefined, method: 'echo', label: 'svc', attempt: 1 },
    );
  });

  it('moves on to the next node when one gives no connection', async () => {
    const { cluster, source } = fakeCluster(['a', 'b', 'c']);
    source('a').gate = 'fail';
    for (let i = 0; i < 6; i++) assert.notEqual(await cluster.do(nodeOf), 'a');
  });

  it('moves on from an exhausted node, which does not count against it', async () => {
    const { cluster, source, state } = fakeCluster(['a', 'b'], { breaker: { maxFails: 1 } });
    source('a').gate = 'fail';
    source('a').failure = new PoolExhaustedError(source('a').stats(), 10);
    for (let i = 0; i < 4; i++) assert.equal(await cluster.do(nodeOf), 'b');
    assert.equal(state('a'), 'healthy');
  });

  it('tries each node at most once and then rejects with the last failure as the cause', async () => {
    const { cluster, source } = fakeCluster(['a', 'b', 'c']);
    for (const id of ['a', 'b', 'c']) {
      source(id).gate = 'fail';
      source(id).failure = new Error(`${id} is down`);
    }
    let runs = 0;
    const error = await cluster.do(() => runs++).catch((e: unknown) => e);
    assert.ok(error instanceof NoAvailableClientError);
    assert.equal(error.code, 'ERR_NO_AVAILABLE_CLIENT');
    assert.match(error.message, /cluster 'c'.*3 nodes gave no connection.*is down/);
    assert.match((error.cause as Error).message, /is down/);
    assert.equal(runs, 0);
    for (const id of ['a', 'b', 'c']) assert.equal(source(id).gets.length, 1);
  });

  it('never retries an error of the function', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    let runs = 0;
    await assert.rejects(
      cluster.do(() => {
        runs++;
        throw new Error('no such user');
      }),
      /no such user/,
    );
    assert.equal(runs, 1);
    assert.equal(source('a').gets.length + source('b').gets.length, 1);
  });

  it('gives a connection back after success, and as isBroken says after an error', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const a = source('a');
    await cluster.do(() => 1);
    await assert.rejects(cluster.do(() => Promise.reject(new Error('declared'))));
    assert.deepEqual([a.lent, a.broken], [0, 0]);
    a.breaks = true;
    await assert.rejects(cluster.do(() => Promise.reject(new Error('reset'))));
    assert.deepEqual([a.lent, a.broken], [0, 1]);
  });

  it('takes a connection for broken when the source cannot say', async () => {
    const { cluster, source } = fakeCluster(['a']);
    source('a').isBroken = () => {
      throw new Error('bug');
    };
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('reset'))),
      /reset/,
    );
    assert.deepEqual([source('a').lent, source('a').broken], [0, 1]);
  });

  it('rejects at once without nodes, saying so', async () => {
    const { cluster } = fakeCluster([]);
    await assert.rejects(cluster.do(nodeOf), (e: NoAvailableClientError) => {
      assert.match(e.message, /there are no nodes/);
      assert.equal(e.cause, undefined);
      return e.code === 'ERR_NO_AVAILABLE_CLIENT';
    });
    assert.equal(cluster.stats().rejected, 1);
  });

  it('makes an Error of whatever the function throws', async () => {
    const { cluster } = fakeCluster(['a']);
    await assert.rejects(
      cluster.do(() => {
        throw 'a string';
      }),
      (e: Error) => e instanceof Error && e.cause === 'a string',
    );
    await assert.rejects(
      cluster.do(() => Promise.reject(undefined)),
      (e: Error) => e instanceof Error,
    );
  });

  it('works with sources that throw synchronously', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    source('a').get = () => {
      throw new Error('sync');
    };
    for (let i = 0; i < 3; i++) assert.equal(await cluster.do(nodeOf), 'b');
    for (let i = 0; i < 3; i++) assert.equal(await cluster.do(nodeOf, { timeoutMs: 100 }), 'b');
  });
});

describe('Cluster.do: a call pinned to a node', () => {
  it('goes to that node only', async () => {
    const { cluster } = fakeCluster(['a', 'b', 'c']);
    for (let i = 0; i < 5; i++) assert.equal(await cluster.do(nodeOf, { endpointId: 'b' }), 'b');
  });

  it('does not move on when the node gives no connection', async () => {
    const { cluster, source } = fakeCluster(['a', 'b']);
    source('a').gate = 'fail';
    await assert.rejects(cluster.do(nodeOf, { endpointId: 'a' }), (e: NoAvailableClientError) => {
      assert.equal((e.cause as Error).message, 'connection refused');
      return e instanceof NoAvailableClientError;
    });
    assert.deepEqual([source('a').gets.length, source('b').gets.length], [1, 0]);
  });

  it('rejects for an unknown node and for an unavailable one', async () => {
    const { cluster, source } = fakeCluster(['a', 'b'], { breaker: { maxFails: 1 } });
    await assert.rejects(cluster.do(nodeOf, { endpointId: 'x' }), {
      code: 'ERR_NO_AVAILABLE_CLIENT',
      message: /there is no node 'x'/,
    });
    source('a').gate = 'fail';
    await assert.rejects(cluster.do(nodeOf, { endpointId: 'a' }));
    await assert.rejects(cluster.do(nodeOf, { endpointId: 'a' }), {
      code: 'ERR_NO_AVAILABLE_CLIENT',
      message: /node 'a' is unavailable/,
    });
    assert.equal(source('a').gets.length, 1);
  });
});
