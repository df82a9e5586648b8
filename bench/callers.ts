import type { ServerProcess } from '../examples/thrift/server-process.js';

/** How many callers there are, each with one call under way at a time. */
export const CALLERS = 64;

const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 7;
const ROUND_MS = QUICK ? 20 : 400;

/** A way to make calls. */
export interface Contender {
  readonly name: string;
  call(): Promise<unknown>;
  close(): Promise<void>;
}

/** What is compared, and how it is called. */
export interface Comparison {
  /** What is counted. */
  readonly unit: 'calls' | 'requests';
  /** Starts a server that answers after so many ms. */
  startServer(delayMs: number): Promise<ServerProcess>;
  /** The first is what the others are compared to. */
  contenders(port: number): Promise<readonly Contender[]> | readonly Contender[];
}

/**
 * Prints how many calls per second the callers make over each contender, to a server that answers at once and to one
 * that answers after 2 ms. The fastest of several rounds counts; the contenders take turns.
 */
export async function compare(comparison: Comparison): Promise<void> {
  for (const delayMs of [0, 2]) {
    const server = await comparison.startServer(delayMs);
    const contenders = await comparison.contenders(Number(server.address));
    try {
      const best = await fastest(contenders);
      console.log(
        `\n${CALLERS} callers, the server answers ${delayMs === 0 ? 'at once' : `after ${delayMs} ms`}`,
      );
      print(comparison.unit, contenders, best);
    } finally {
      await Promise.all(contenders.map((contender) => contender.close()));
      await server.stop();
    }
  }
}

async function fastest(contenders: readonly Contender[]): Promise<number[]> {
  for (const contender of contenders) await round(contender); // warms up
  const best = contenders.map(() => 0);
  for (let i = 0; i < ROUNDS; i++) {
    for (const [at, contender] of contenders.entries()) {
      best[at] = Math.max(best[at]!, await round(contender));
    }
  }
  return best;
}

/** Calls per second of one round. */
async function round({ call }: Contender): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + ROUND_MS;
  let count = 0;
  const caller = async () => {
    while (performance.now() < until) {
      await call();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (count * 1_000) / (performance.now() - startedAt);
}

function print(unit: string, contenders: readonly Contender[], best: readonly number[]): void {
  console.log(`${''.padEnd(26)}${`${unit}/s`.padStart(12)}${'ratio'.padStart(8)}`);
  for (const [at, { name }] of contenders.entries()) {
    const ratio = (best[at]! / best[0]!).toFixed(2);
    console.log(name.padEnd(26) + String(Math.round(best[at]!)).padStart(12) + ratio.padStart(8));
  }
}
