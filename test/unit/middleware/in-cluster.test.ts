import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { Cluster, NoAvailableClientError } from '../../../lib/cluster/index.js';
import {
  bulkhead,
  CallTimeoutError,
  hedge,
  type Middleware,
  MiddlewareError,
  rateLimit,
  retry,
  timeout,
  trace,
} from '../../../lib/middleware/index.js';
import { type CloseReason, ConnPool } from '../../../lib/pool/index.js';
import { waitFor, within } from '../../support/wait-for.js';
import { defer, rejection, stateOf } from './call-fixture.js';

interface Client {
  readonly nodeId: string;
}

const clusters: Cluster<Client>[] = [];

/** A cluster of pools, and a note of every client that was closed. */
function clusterOf(ids: string[], ...middleware: Middleware[]) {
  const closed: { nodeId: string; reason: CloseReason }[] = [];
  const cluster = new Cluster<Client>({
    connect: ({ id }) =>
      new ConnPool<Client>({
        name: id,
        maxActive: 5,
        dial: () => ({ nodeId: id }),
        close: ({ nodeId }, { reason }) => void closed.push({ nodeId, reason }),
      }),
    breaker: { maxFails: 2, cooldownMs: 60_000 },
  });
  for (const id of ids) cluster.addEndpoint({ id });
  for (const step of middleware) cluster.use(step);
  clusters.push(cluster);
  const node = (id: string) => cluster.stats().nodes.find((n) => n.id === id)!;
  return { cluster, closed, node };
}

const never = () => new Promise<never>(() => {});

describe('middleware in a cluster', () => {
  afterEach(async () => {
    await within('the clusters to close', Promise.all(clusters.splice(0).map((cluster) => cluster.close())));
  });

  it('hedge sends the second attempt to another node and leaves no connection of the loser in use', async () => {
    const { cluster, closed, node } = clusterOf(['a', 'b'], hedge({ delayMs: 5 }));
    const seen: string[] = [];
    const winner = await within(
      'the hedged call',
      cluster.do((client, call) => {
        seen.push(client.nodeId);
        assert.equal(call.node.id, client.nodeId);
        return call.attempt === 1 ? never() : client.nodeId;
      }),
    );
    assert.deepEqual(new Set(seen), new Set(['a', 'b']));
    assert.equal(winner, seen[1]);
    await waitFor('the loser to be closed', () => closed.length === 1);
    assert.deepEqual(closed, [{ nodeId: seen[0]!, reason: 'broken' }]);
    for (const id of ['a', 'b']) {
      assert.equal(node(id).inFlight, 0);
      assert.equal((node(id).source as { inUse: number }).inUse, 0);
    }
    assert.equal(node(seen[0]!).failures, 0, 'being slower is no failure');
  });

  it('hedge never trips the breaker of a node that is merely slower', async () => {
    const { cluster, node } = clusterOf(['a', 'b'], hedge({ delayMs: 1, budget: false }));
    const slowly = () => new Promise((resolve) => setTimeout(resolve, 30));
    for (let i = 0; i < 30; i++) {
      await cluster.do((client) => (client.nodeId === 'a' ? slowly() : client.nodeId));
    }
    assert.equal(node('a').breaker, 'closed');
    assert.equal(node('a').failures, 0);
  });

  it('hedge notices a node that does not answer, also as its call on trial', async () => {
    const breaker = { maxFails: 2, cooldownMs: 1 };
    const cluster = new Cluster<Client>({ breaker });
    for (const id of ['a', 'b']) cluster.addClient({ nodeId: id }, { id });
    clusters.push(cluster.use(hedge({ delayMs: 1, silentAfterMs: 5, budget: false })));
    let opened = 0;
    cluster.on('breakerOpen', ({ id }, error) => {
      assert.equal(id, 'a');
      assert.ok(error instanceof CallTimeoutError);
      opened++;
    });
    await waitFor('the breaker to open, and again after a trial', async () => {
      assert.equal(await cluster.do((client) => (client.nodeId === 'a' ? never() : client.nodeId)), 'b');
      return opened > 1;
    });
  });

  it('hedge finds the better one of two nodes for every other call at least', async () => {
    const { cluster } = clusterOf(['a', 'b'], hedge({ delayMs: 1, silentAfterMs: Infinity, budget: false }));
    const first: string[] = [];
    for (let i = 0; i < 20; i++) {
      await cluster.do((client, call) => {
        if (call.attempt === 1) first.push(client.nodeId);
        return client.nodeId === 'a' ? never() : client.nodeId;
      });
    }
    assert.equal(first.join(''), 'ab'.repeat(10));
  });

  it('retry goes to a node where the call has not been', async () => {
    const { cluster } = clusterOf(['a', 'b', 'c'], retry({ retries: 2, delayMs: 0 }));
    const seen: string[] = [];
    await cluster.do((client) => {
      seen.push(client.nodeId);
      if (seen.length < 3) throw new Error('down');
    });
    assert.deepEqual([...seen].sort(), ['a', 'b', 'c']);
  });

  it('retry tells each attempt its number', async () => {
    const { cluster } = clusterOf(['a', 'b', 'c'], retry({ retries: 2, delayMs: 0 }));
    const attempts: number[] = [];
    await rejection(
      cluster.do((_client, call) => {
        attempts.push(call.attempt);
        throw new Error('down');
      }),
    );
    assert.deepEqual(attempts, [1, 2, 3]);
  });

  it('a timeout closes the connection, counts as the node’s failure and trips its breaker', async () => {
    const { cluster, closed, node } = clusterOf(['a'], timeout({ timeoutMs: 5 }));
    for (let i = 0; i < 2; i++) {
      const error = (await rejection(cluster.do(never, { method: 'echo' }))) as CallTimeoutError;
      assert.ok(error instanceof CallTimeoutError);
      assert.match(error.message, /^'echo' took longer than 5 ms \(node 'a', attempt 1\)$/);
    }
    await waitFor('both connections to be closed', () => closed.length === 2);
    assert.equal(node('a').breaker, 'open');
    assert.equal(node('a').inFlight, 0);
  });

  it('a refusal says nothing about the node', async () => {
    const { cluster, node } = clusterOf(['a'], rateLimit({ perSecond: 0.001, burst: 1, timeoutMs: 0 }));
    await cluster.do(() => 1);
    for (let i = 0; i < 5; i++) {
      assert.ok((await rejection(cluster.do(() => 1))) instanceof MiddlewareError);
    }
    assert.equal(node('a').breaker, 'closed');
    assert.equal(node('a').inFlight, 0);
  });

  it('a call that waits for its turn holds no connection', async () => {
    const { cluster, node } = clusterOf(['a'], bulkhead({ maxConcurrent: 1, maxWaiting: 5 }));
    const gate = defer();
    const calls = [cluster.do(() => gate.promise), cluster.do(() => 2), cluster.do(() => 3)];
    await stateOf(calls[2]!);
    assert.equal((node('a').source as { inUse: number }).inUse, 1);
    gate.resolve(1);
    assert.deepEqual(await Promise.all(calls), [1, 2, 3]);
  });

  it('all of it together settles every call and leaves nothing in use', async () => {
    const { cluster, node } = clusterOf(
      ['a', 'b', 'c'],
      trace(),
      timeout({ timeoutMs: 2_000 }),
      bulkhead({ maxConcurrent: 20, maxWaiting: Infinity }),
      retry({ retries: 3, delayMs: 1, budget: false }),
      rateLimit({ perSecond: 100_000, burst: 5 }),
      hedge({ delayMs: 3 }),
      timeout({ timeoutMs: 20 }),
    );
    let n = 0;
    const work = async () => {
      const i = n++;
      if (i % 29 === 0) return never();
      if (i % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 4));
      if (i % 11 === 0) throw new Error('down');
      return 'answer';
    };
    const aborted = AbortSignal.timeout(30);
    const calls = Array.from({ length: 300 }, (_, i) =>
      cluster.do(work, i % 10 === 0 ? { signal: aborted } : {}),
    );
    const results = await within('300 calls', Promise.allSettled(calls), { timeoutMs: 10_000 });
    assert.ok(results.some((r) => r.status === 'fulfilled' && r.value === 'answer'));
    const known = [CallTimeoutError, MiddlewareError, NoAvailableClientError];
    for (const result of results) {
      if (result.status === 'fulfilled') continue;
      const error: unknown = result.reason;
      const expected = known.some((type) => error instanceof type) || error === aborted.reason;
      assert.ok(expected || (error as Error).message === 'down', String(error));
    }
    await waitFor('the last connections to be given back', () =>
      ['a', 'b', 'c'].every(
        (id) => node(id).inFlight === 0 && (node(id).source as { inUse: number }).inUse === 0,
      ),
    );
    assert.equal(cluster.stats().running, 0);
  });
});
