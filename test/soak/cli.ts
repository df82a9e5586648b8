import { parseArgs } from 'node:util';
import { describeTally, describeVerdicts, judgeAll } from './report.js';
import type { Sample } from './sample.js';
import { soak } from './soak.js';

const HELP = `Churns connections to real servers and looks whether anything grows.

  npm run soak -- [--seconds N]

  --seconds N   how long to churn (default 120, at least 5)

Callers get, use, break, abort, time out and detach; servers cut, reset and stay mute; pools are invalidated,
configured, paused, made and closed. Heap after garbage collection, open handles and listeners are sampled at rest.
Exits with 1 when one of them grows, and with 2 when the arguments make no sense.`;

const PROGRESS_MS = 10_000;

/** How long to churn; undefined: help was asked for. */
function readArguments(): number | undefined {
  const { values } = parseArgs({
    options: { seconds: { type: 'string', default: '120' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) return undefined;
  if (globalThis.gc === undefined) throw new TypeError('garbage cannot be collected: run node --expose-gc');
  const seconds = Number(values.seconds);
  if (!/^\d+$/.test(values.seconds) || seconds < 5) {
    throw new TypeError(`--seconds must be an integer from 5, got '${values.seconds}'`);
  }
  return seconds;
}

async function run(seconds: number): Promise<number> {
  const { samples, tally } = await soak(seconds * 1_000, reporter());
  const verdicts = judgeAll(samples);
  console.log(`\n${describeTally(tally)}\n\n${describeVerdicts(samples, verdicts)}`);
  return [...verdicts.values()].some(({ grew }) => grew) ? 1 : 0;
}

/** Prints a sample now and then. */
function reporter(): (sample: Sample) => void {
  const startedAt = performance.now();
  let reportedAt = startedAt;
  return (sample) => {
    const now = performance.now();
    if (now - reportedAt < PROGRESS_MS) return;
    reportedAt = now;
    const figures = Object.entries(sample).map(([measure, value]) => `${measure} ${value}`);
    console.log(`${Math.round((now - startedAt) / 1_000)} s: ${figures.join('; ')}`);
  };
}

let seconds: number | undefined;
try {
  seconds = readArguments();
} catch (error) {
  console.error((error as Error).message);
  process.exit(2);
}
if (seconds === undefined) {
  console.log(HELP);
} else {
  const code = await run(seconds).catch((error) => {
    console.error(error);
    return 1;
  });
  // Not by itself: what a failing pool left open would hold the process.
  process.exit(code);
}
