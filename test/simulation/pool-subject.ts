import { run } from './run.js';
import { settings, stepArbitrary } from './step-arbitrary.js';
import type { Settings, Step } from './steps.js';
import type { Subject } from './subject.js';
import { traceArbitrary } from './trace-arbitrary.js';

/** One pool, with random callers and a random endpoint. */
export const poolSubject: Subject<Step, Settings> = {
  settings,
  trace: (steps) => traceArbitrary(stepArbitrary(steps), steps),
  run,
};
