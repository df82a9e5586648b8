import assert from 'node:assert/strict';
import type { Balancer, PickContext } from '../../../lib/cluster/balancers/index.js';
import { leastLoaded, roundRobin } from '../../../lib/cluster/balancers/index.js';
import { Lease } from '../../../lib/cluster/lease.js';
import type { Node } from '../../../lib/pool/node.js';
import { waitForEvent } from '../../support/wait-for.js';
import { type FakeCluster, fakeCluster, gate, settle } from './fake-cluster.js';

describe('Lease', () => {
  it('ends once, whatever is said after that', () => {
    const outcomes: string[] = [];
    const node = {
      enter: () => 7,
      leave: (ticket: number, outcome: string) => outcomes.push(`${ticket} ${outcome}`),
    };
    const lease = new Lease(node as never, { isListening: false, ended: () => {} }, undefined);
    lease.end('neutral');
    lease.end('failure', new Error('late'));
    assert.deepEqual(outcomes, ['7 neutral']);
  });
});

/** Picks the first node that it may, and writes down what it is told. */
class FirstNode implements Balancer {
  readonly updates: string[][] = [];
  readonly contexts: PickContext[] = [];
  readonly reports: [string, number, boolean][] = [];
  nodes: readonly Node[] = [];

  update(nodes: readonly Node[]): void {
    this.nodes = nodes;
    this.updates.push(nodes.map((node) => `${node.id}:${node.weight}`));
  }

  pick(ctx: PickContext): Node | undefined {
    this.contexts.push({ ...ctx, tried: new Set(ctx.tried) });
    return this.nodes.find((node) => node.available && !ctx.tried.has(node));
  }

  report(node: Node, durationMs: number, failed: boolean): void {
    assert.equal(node.inFlight, 0);
    this.reports.push([node.id, durationMs, failed]);
  }
}

describe('Choosing a node', () => {
  it("is up to a balancer of the user's own", async () => {
    const balancer = new FirstNode();
    const { cluster, source } = fakeCluster(['a', 'b'], { balancer });
    assert.equal(await cluster.do((c) => c.node, { hashKey: 'k' }), 'a');
    source('a').gate = 'fail';
    assert.equal(await cluster.do((c) => c.node), 'b');
    assert.deepEqual(
      balancer.contexts.map(({ hashKey, tried }) => [hashKey, [...tried].map((n) => n.id)]),
      [
        ['k', []],
        [undefined, []],
        [undefined, ['a']],
      ],
    );
  });

  it('is told of changes once, before the next pick, and of those only that take calls', async () => {
    const balancer = new FirstNode();
    const { cluster } = fakeCluster(['a', 'b', 'c'], { balancer });
    await cluster.do(() => 1);
    await cluster.do(() => 1);
    void cluster.removeEndpoint('b');
    cluster.addEndpoint({ id: 'd', weight: 3 });
    await cluster.do(() => 1);
    assert.deepEqual(balancer.updates, [
      ['a:1', 'b:1', 'c:1'],
      ['a:1', 'c:1', 'd:3'],
    ]);
  });

  it('can be another balancer for one call, by name or as an object', async () => {
    const own = new FirstNode();
    const { cluster } = fakeCluster(['a', 'b'], { balancer: 'roundRobin' });
    for (let i = 0; i < 3; i++) assert.equal(await cluster.do((c) => c.node, { balancer: own }), 'a');
    assert.equal(own.updates.length, 1);
    cluster.addEndpoint({ id: 'c' });
    await cluster.do(() => 1, { balancer: own });
    assert.equal(own.updates.length, 2);
    for (const name of [
      'random',
      'leastLoaded',
      'peakEwma',
      'consistentHash',
      'weightedRoundRobin',
    ] as const) {
      for (let i = 0; i < 2; i++) await cluster.do(() => 1, { balancer: name, hashKey: 'k' });
    }
  });

  it('may name the default balancer itself', async () => {
    const balancer = new FirstNode();
    const { cluster } = fakeCluster(['a'], { balancer });
    await cluster.do(() => 1, { balancer });
    await cluster.do(() => 1);
    assert.equal(balancer.updates.length, 1);
    assert.equal(balancer.reports.length, 2);
  });

  it('learns how calls ended, after they left the node', async () => {
    const balancer = new FirstNode();
    const other = new FirstNode();
    const { cluster, source } = fakeCluster(['a', 'b'], { balancer });
    await cluster.do(() => 1);
    await assert.rejects(
      cluster.do(() => Promise.reject(new Error('x')), { balancer: other }),
      /x/,
    );
    source('a').gate = 'fail';
    await cluster.do(() => 1, { balancer: other });
    const expected = [
      ['a', 0, true],
      ['a', 0, true],
      ['b', 0, false],
    ];
    assert.deepEqual(balancer.reports.slice(1).map(rounded), expected);
    assert.deepEqual(other.reports.map(rounded), expected);
  });

  it('does not fail when a balancer fails to take note: that becomes a warning', async () => {
    const balancer = new FirstNode();
    balancer.report = () => {
      throw new Error('report bug');
    };
    const { cluster, inFlight } = fakeCluster(['a'], { balancer });
    const warning = waitForEvent<[Error]>(process, 'warning');
    assert.equal(await cluster.do(() => 1), 1);
    assert.equal(inFlight(), 0);
    assert.match((await warning)[0].message, /report bug/);
    balancer.report = () => {
      throw 'a string';
    };
    const second = waitForEvent<[Error]>(process, 'warning');
    assert.equal(await cluster.do(() => 2), 2);
    await second;
  });

  it('does not learn of calls that middleware refused', async () => {
    const balancer = new FirstNode();
    const { cluster } = fakeCluster(['a'], { balancer });
    cluster.use(() => Promise.resolve('cached'));
    await cluster.do(() => 1);
    assert.deepEqual(balancer.reports, []);
  });

  it('sees calls in flight from the moment they are sent', async () => {
    const { cluster } = fakeCluster(['a', 'b', 'c'], { balancer: leastLoaded() });
    const hold = gate();
    const calls = Array.from({ length: 9 }, () => cluster.do(() => hold.promise));
    await settle();
    const loads = cluster.stats().nodes.map((node) => node.inFlight);
    assert.equal(
      loads.reduce((a, b) => a + b),
      9,
    );
    assert.ok(Math.max(...loads) <= 4, loads.join());
    hold.resolve();
    await Promise.all(calls);
  });

  /** The nodes of a cluster, as its balancers see them. */
  async function nodesOf({ cluster }: FakeCluster): Promise<readonly Node[]> {
    const balancer = new FirstNode();
    await cluster.do(() => 1, { balancer });
    return balancer.nodes;
  }

  it('rejects the call when a balancer picks what it may not', async () => {
    const fake = fakeCluster(['a', 'b'], { breaker: { maxFails: 2 } });
    const { cluster, source } = fake;
    const [a, b] = await nodesOf(fake);
    const [twin] = await nodesOf(fakeCluster(['a']));
    const made: Node = { id: 'a', endpoint: { id: 'a' }, weight: 1, inFlight: 0, available: true };
    const refused = (node: Node | undefined) =>
      assert.rejects(
        cluster.do(() => 1, { balancer: { update: () => {}, pick: () => node } }),
        { code: 'ERR_NO_AVAILABLE_CLIENT', message: new RegExp(`the balancer picked '${node?.id}'`) },
      );
    await refused(made);
    await refused(twin);
    source('a').gate = 'fail';
    // Tried already: the same node again, after it gave no connection.
    await refused(a);
    assert.equal(source('a').gets.length, 2);
    await refused(a);
    assert.equal(source('a').gets.length, 3);
    assert.equal(a!.available, false);
    await refused(a);
    assert.equal(source('a').gets.length, 3);
    await cluster.removeEndpoint('b');
    await refused(b);
    assert.equal(cluster.stats().running, 0);
  });

  it('says what a balancer gave that is no node', async () => {
    const { cluster } = fakeCluster(['a']);
    for (const [given, said] of [
      ['a', "'a' (string)"],
      [null, 'null'],
      [Promise.resolve(undefined), 'a promise'],
      [Promise.reject(new Error('late: must not surface as an unhandled rejection')), 'a promise'],
      [{}, 'an object'],
    ] as const) {
      const balancer = { update: () => {}, pick: () => given as unknown as Node };
      await assert.rejects(
        cluster.do(() => 1, { balancer }),
        (error: Error) => error.message.endsWith(`the balancer must pick a node or undefined, got ${said}`),
      );
    }
  });

  it('keeps the dial error of a node that a balancer picks again and again', async () => {
    const fake = fakeCluster(['a', 'b']);
    const [a] = await nodesOf(fake);
    fake.source('a').gate = 'fail';
    const failed = fake.cluster.do(() => 1, { balancer: { update: () => {}, pick: () => a } });
    await assert.rejects(failed, ({ message, cause }: Error) => {
      assert.ok(cause instanceof Error);
      assert.ok(message.includes(`already tried (last error: ${cause.message})`), message);
      return true;
    });
  });

  it('goes on when a balancer writes to the list it was given', async () => {
    const careless: Balancer = {
      update: (nodes) => void (nodes as Node[]).splice(0),
      pick: () => undefined,
    };
    const { cluster } = fakeCluster(['a', 'b'], { balancer: careless });
    const another = { ...careless };
    for (const options of [{}, { balancer: another }]) {
      await assert.rejects(
        cluster.do(() => 1, options),
        { code: 'ERR_NO_AVAILABLE_CLIENT' },
      );
      assert.equal(await cluster.do((c) => c.node, { balancer: roundRobin() }), 'a');
    }
  });

  it('rejects the call with what a balancer throws', async () => {
    const balancer = {
      update: () => {},
      pick: () => {
        throw new Error('balancer bug');
      },
    };
    const { cluster, inFlight } = fakeCluster(['a'], { balancer });
    await assert.rejects(
      cluster.do(() => 1),
      /balancer bug/,
    );
    assert.equal(inFlight(), 0);
  });
});

function rounded([id, ms, failed]: [string, number, boolean]): [string, number, boolean] {
  return [id, Math.floor(ms / 1_000), failed];
}
