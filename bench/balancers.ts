/**
 * What a pick costs, per balancer: with 10 nodes, with 10,000, and with 10,000 of which a tenth, or all but one in
 * a hundred, are unavailable. Weights go from 1 to 10. The least of many batches counts. Takes half a minute.
 *
 * Run with `npx tsx bench/balancers.ts`; with `--check` it exits with 1 when a pick among 10,000 nodes costs more
 * than five times one among 10. (All but a hundredth unavailable is shown, not checked.)
 */
import { measure } from 'mitata';
import { type BalancerName, balancerByName, balancerNames } from '../lib/cluster/balancers/index.js';
import type { Node } from '../lib/pool/node.js';

const MOST = 5;
/** Picks per sample: with 10,000 nodes, what is done once per round counts as well. */
const BATCH = 10_000;
const ROUNDS = 4;
const KEYS = Array.from({ length: 4_096 }, (_, i) => `user-${i}`);
const TRIED: ReadonlySet<Node> = new Set();

interface Situation {
  readonly title: string;
  readonly count: number;
  isAvailable(i: number): boolean;
}

const SITUATIONS: readonly Situation[] = [
  { title: '10', count: 10, isAvailable: () => true },
  { title: '10,000', count: 10_000, isAvailable: () => true },
  { title: '1/10 down', count: 10_000, isAvailable: (i) => scattered(i) >= 0.1 },
  { title: '99/100 down', count: 10_000, isAvailable: (i) => scattered(i) >= 0.99 },
];

/** A number from 0 to 1 for each i, without a pattern that goes with the weights. */
function scattered(i: number): number {
  return (i * 0.618_033_988_749_895) % 1;
}

function makeNodes({ count, isAvailable }: Situation): Node[] {
  return Array.from({ length: count }, (_, i) => {
    const id = `10.0.${i >> 8}.${i & 255}:9090`;
    const weight = 1 + (i % 10);
    return { id, weight, endpoint: { id, weight }, inFlight: weight >> 1, available: isAvailable(i) };
  });
}

/** Measures in turns, so that a machine that is busy for a while does not disturb one situation alone. */
async function costs(name: BalancerName): Promise<number[]> {
  const least = SITUATIONS.map(() => Infinity);
  const picks = SITUATIONS.map((situation) => prepare(name, situation));
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, pick] of picks.entries()) {
      const { min } = await measure(pick, { min_cpu_time: 100e6, min_samples: 4, warmup_samples: 2 });
      least[i] = Math.min(least[i]!, min / BATCH);
    }
  }
  return least;
}

function prepare(name: BalancerName, situation: Situation): () => Node | undefined {
  const balancer = balancerByName(name);
  const nodes = makeNodes(situation);
  balancer.update(nodes);
  for (const node of nodes) balancer.report?.(node, 10, false);
  let turn = 0;
  return () => {
    let last: Node | undefined;
    for (let i = 0; i < BATCH; i++) {
      last = balancer.pick({ tried: TRIED, hashKey: KEYS[turn++ & 4_095]! });
    }
    return last;
  };
}

const titles = SITUATIONS.map(({ title }) => title.padStart(18)).join('');
console.log(`ns per pick (times that of 10 nodes)\n${'nodes'.padEnd(25)}${titles}`);
const tooDear: string[] = [];
for (const name of balancerNames) {
  const least = await costs(name);
  const base = least[0]!;
  const cells = least.map((ns, i) =>
    i === 0 ? ns.toFixed(1) : `${ns.toFixed(1)} (${(ns / base).toFixed(1)}x)`,
  );
  console.log(name.padEnd(25) + cells.map((cell) => cell.padStart(18)).join(''));
  if (least[1]! > MOST * base || least[2]! > MOST * base) tooDear.push(name);
}
const verdict = tooDear.length === 0 ? 'all are' : `not so: ${tooDear.join(', ')}`;
console.log(`\n10,000 nodes at most ${MOST} times as dear as 10, also with a tenth down: ${verdict}`);
if (tooDear.length > 0 && process.argv.includes('--check')) process.exitCode = 1;
