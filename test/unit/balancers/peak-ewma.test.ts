import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { type PeakEwmaOptions, peakEwma } from '../../../lib/cluster/balancers/index.js';
import { InvalidOptionError } from '../../../lib/pool/errors.js';
import { countPicks, FakeNode, fresh, manyNodes, nodesOf, picks, withNodes } from './fake-node.js';
import { assertShares, seededRandom } from './statistics.js';

describe('peakEwma', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install({ toFake: ['performance'] });
  });
  afterEach(() => clock.uninstall());

  /** Two nodes, and a balancer that always compares them. */
  function makePair(options: PeakEwmaOptions = {}) {
    const [a, b] = nodesOf(1, 1) as [FakeNode, FakeNode];
    const balancer = withNodes(peakEwma({ random: seededRandom(1), ...options }), [a, b]);
    const report = (node: FakeNode, durationMs: number, failed = false) =>
      balancer.report?.(node, durationMs, failed);
    return { a, b, balancer, report, next: () => [...new Set(picks(balancer, 12))].sort().join('') };
  }

  it('tosses by weight while nothing is measured', () => {
    const nodes = nodesOf(1, 1, 1);
    const balancer = withNodes(peakEwma({ random: seededRandom(2) }), nodes);
    assertShares(countPicks(balancer, nodes, 30_000), [1, 1, 1]);
  });

  it('prefers the less loaded while nothing is measured', () => {
    const { a, next } = makePair();
    a.inFlight = 1;
    assert.equal(next(), 'b');
  });

  it('picks the faster of two', () => {
    const { a, b, report, next } = makePair();
    report(a, 20);
    report(b, 10);
    assert.equal(next(), 'b');
    report(b, 30);
    assert.equal(next(), 'a');
  });

  it('multiplies the latency with the calls that would be in flight, and divides it by the weight', () => {
    const { a, b, report, next } = makePair();
    report(a, 20);
    report(b, 10);
    b.inFlight = 2;
    assert.equal(next(), 'a', '20 x 1 against 10 x 3');
    b.weight = 2;
    assert.equal(next(), 'b', '20 x 1 against 10 x 3 / 2');
  });

  it('jumps to a peak at once and comes down slowly', () => {
    const { a, b, report, next } = makePair({ decayMs: 1_000 });
    report(a, 10);
    report(b, 15);
    report(a, 100);
    assert.equal(next(), 'b');
    for (let i = 0; i < 5; i++) {
      clock.tick(100);
      report(a, 10);
      report(b, 15);
    }
    assert.equal(next(), 'b', 'half a decay time later the peak still counts');
    for (let i = 0; i < 40; i++) {
      clock.tick(100);
      report(a, 10);
      report(b, 15);
    }
    assert.equal(next(), 'a', 'four decay times later it does not');
  });

  it('forgets with time, so that a slow node is tried again', () => {
    const { a, b, report, next } = makePair();
    report(a, 500);
    report(b, 10);
    clock.tick(20_000);
    report(b, 10);
    assert.equal(next(), 'b', '500 x e^-2 is 68');
    clock.tick(20_000);
    report(b, 10);
    assert.equal(next(), 'a', '500 x e^-4 is 9');
  });

  it('tries a node without a measurement first, but one call at a time', () => {
    const { a, b, balancer, report, next } = makePair();
    report(b, 10);
    assert.equal(next(), 'a');
    a.inFlight = 1;
    assert.equal(next(), 'b', 'a counts with the usual 10 ms x 2');
    b.inFlight = 2;
    assert.equal(next(), 'a');
    const c = new FakeNode('c');
    balancer.update([a, c]);
    assert.equal(next(), 'c');
  });

  it('does not take a node that fails at once for a fast one', () => {
    const { a, b, report, next } = makePair();
    report(a, 20);
    report(b, 30);
    report(a, 40);
    for (let i = 0; i < 50; i++) {
      clock.tick(1_000);
      report(b, 30);
      report(a, 0.1, true);
    }
    assert.equal(next(), 'b', 'the estimate of a stays 40');
    const [c, d] = nodesOf(1, 1) as [FakeNode, FakeNode];
    const newcomer = withNodes(peakEwma({ random: seededRandom(3) }), [c, d]);
    newcomer.report?.(c, 0.1, true);
    newcomer.report?.(d, 30, false);
    newcomer.report?.(c, 0.1, true);
    d.weight = 1.1;
    assert.deepEqual([...new Set(picks(newcomer, 12))], ['b'], 'c counts with the usual 30 ms');
  });

  it('lets a failure that took long count as long', () => {
    const { a, b, report, next } = makePair();
    report(a, 10);
    report(b, 20);
    report(a, 5_000, true);
    assert.equal(next(), 'b');
  });

  it('keeps what it knows of the nodes that stay, and forgets those that went', () => {
    const { a, b, balancer, report, next } = makePair();
    report(a, 10);
    report(b, 20);
    balancer.update([new FakeNode('x'), b, a].slice(1));
    assert.equal(next(), 'a');
    balancer.update([b]);
    report(a, 1_000);
    balancer.update([b, a]);
    assert.equal(next(), 'a', 'a has no measurement: neither 10 ms nor the 1,000 ms of when it was gone');
    a.inFlight = 1;
    assert.equal(next(), 'b');
  });

  it('gives the neighbours of dead nodes no more than the others', () => {
    const nodes = manyNodes(12);
    for (const i of [3, 4, 5, 11]) nodes[i]!.up = false;
    const balancer = withNodes(peakEwma({ random: seededRandom(4) }), nodes);
    for (const node of nodes) balancer.report?.(node, 10, false);
    assertShares(
      countPicks(balancer, nodes, 40_000),
      nodes.map((node) => (node.up ? 1 : 0)),
    );
  });

  it('spreads calls in proportion to speed', () => {
    const nodes = manyNodes(10);
    const slow = new Set(nodes.slice(0, 2));
    const balancer = withNodes(peakEwma({ random: seededRandom(5) }), nodes);
    const counts = new Map(nodes.map((node) => [node, 0]));
    const running: { node: FakeNode; endsAt: number; took: number }[] = [];
    for (let now = 0; now < 5_000; now++, clock.tick(1)) {
      for (const call of running.filter(({ endsAt }) => endsAt === now)) {
        running.splice(running.indexOf(call), 1);
        call.node.inFlight--;
        balancer.report?.(call.node, call.took, false);
      }
      const node = balancer.pick(fresh) as FakeNode;
      const took = slow.has(node) ? 40 : 4;
      node.inFlight++;
      counts.set(node, counts.get(node)! + 1);
      running.push({ node, endsAt: now + took, took });
    }
    const [slowest, fastest] = [
      Math.max(...nodes.slice(0, 2).map((n) => counts.get(n)!)),
      counts.get(nodes[5]!)!,
    ];
    assert.ok(slowest * 4 < fastest, `${slowest} calls to a slow node, ${fastest} to a fast one`);
    assert.ok(slowest > 0);
  });

  it('refuses options that are wrong or unknown', () => {
    for (const decayMs of [0, -1, Infinity, Number.NaN, '10']) {
      assert.throws(() => peakEwma({ decayMs } as never), /'decayMs' must be a finite number of ms above 0/);
    }
    assert.throws(() => peakEwma({ decay: 1 } as never), InvalidOptionError);
    peakEwma({ decayMs: undefined });
  });
});
