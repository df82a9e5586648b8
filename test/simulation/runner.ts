import { inspect } from 'node:util';
import fc from 'fast-check';
import type { Subject, Tally } from './subject.js';
import { Violation } from './world.js';

/** Which run: the same values give the same run on every machine. */
export interface RunId {
  readonly seed: number;
  /** Steps of the trace. */
  readonly steps: number;
  /** How a failing trace was shrunk, as a failure report names it. */
  readonly path?: string | undefined;
}

/** What a failing run was shrunk to. */
export interface Failure<TStep, TSettings> {
  readonly id: RunId;
  readonly violation: Violation;
  readonly settings: TSettings;
  readonly trace: readonly TStep[];
}

/** Shrinking stops after this long: what is found by then is small enough to read. */
const SHRINK_MS = 60_000;

/** How much of the beginning and of the end of a run a report tells. */
const STORY_LINES = 80;

/** Runs one seed; a failure is shrunk. `tally` is given what a run that went well has seen. */
export async function runSeed<TStep, TSettings extends object>(
  subject: Subject<TStep, TSettings>,
  id: RunId,
  tally: (seen: Tally) => void = () => {},
): Promise<Failure<TStep, TSettings> | undefined> {
  const startedAt = performance.now();
  const property = fc.asyncProperty(subject.trace(id.steps), subject.settings, async (trace, chosen) => {
    if (performance.now() - startedAt > SHRINK_MS && id.path === undefined) return;
    tally(await subject.run(trace, chosen));
  });
  const details = await fc.check(property, {
    seed: scatter(id.seed),
    numRuns: 1,
    ...(id.path === undefined ? {} : { path: id.path, endOnFailure: true }),
  });
  if (!details.failed || details.counterexample === null) return undefined;
  const [trace, chosen] = details.counterexample;
  const { errorInstance } = details;
  return {
    id: { ...id, path: details.counterexamplePath ?? undefined },
    violation:
      errorInstance instanceof Violation
        ? errorInstance
        : new Violation('the run fails', String(errorInstance)),
    settings: chosen,
    trace,
  };
}

/** The command that replays a run. */
export function commandOf(
  { flag }: { readonly flag?: string | undefined },
  { seed, steps, path }: RunId,
): string {
  const what = flag === undefined ? '' : `${flag} `;
  const replay = path === undefined ? '' : ` --path ${path}`;
  return `npm run simulate -- ${what}--seed ${seed} --seeds 1 --steps ${steps}${replay}`;
}

/** All that is needed to understand a failure and to see it again. */
export async function describeFailure<TStep, TSettings extends object>(
  subject: Subject<TStep, TSettings>,
  { id, violation, settings: chosen, trace }: Failure<TStep, TSettings>,
): Promise<string> {
  const story: string[] = [];
  await subject.run(trace, chosen, (line) => story.push(line)).catch(() => {});
  return [
    `seed ${id.seed} violates an invariant: ${violation.message}`,
    `settings: ${print(chosen)}`,
    `trace, shrunk from ${id.steps} to ${trace.length} steps:`,
    ...trace.map((step) => `  ${print(step as object)}`),
    'what happens:',
    ...shorten(story).map((line) => `  ${line}`),
    `replay: ${commandOf(subject, id)}`,
  ].join('\n');
}

/** The beginning and the end of a long story. */
function shorten(story: readonly string[]): readonly string[] {
  const left = story.length - 2 * STORY_LINES;
  if (left <= 0) return story;
  return [...story.slice(0, STORY_LINES), `... (${left} lines left out)`, ...story.slice(-STORY_LINES)];
}

function print(value: object): string {
  const told = JSON.parse(JSON.stringify(value, (_, v) => (v === Infinity ? 'Infinity' : v)));
  return inspect(told, { depth: 12, breakLength: Infinity, compact: true });
}

/** Seeds in a row lead to unrelated runs (the finalizer of MurmurHash3). */
function scatter(seed: number): number {
  let bits = Math.imul(seed ^ (seed >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return bits ^ (bits >>> 16);
}
