import fc from 'fast-check';
import { contradictory } from './effective-limits.js';
import { limits } from './limits-arbitrary.js';
import type {
  Action,
  Ending,
  Gap,
  GetSpec,
  HoldSpec,
  Reaction,
  Settings,
  SignalSpec,
  Step,
} from './steps.js';
import { delay, weatherOf } from './weather.js';

type Weighted<T> = readonly [weight: number, arbitrary: fc.Arbitrary<T>];

function oneOf<T>(...choices: Weighted<T>[]): fc.Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

/** Leaves a property out half of the time. */
function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.option(arbitrary, { nil: undefined, freq: 2 });
}

const which = fc.nat({ max: 7 });
const slot = fc.nat({ max: 2 });

const signal: fc.Arbitrary<SignalSpec> = oneOf<SignalSpec>(
  [4, fc.record({ kind: fc.constant('own' as const), abortAfterMs: delay })],
  [4, fc.record({ kind: fc.constant('shared' as const), slot })],
  [1, fc.constant({ kind: 'aborted' })],
);

const get: fc.Arbitrary<GetSpec> = fc.record({
  priority: maybe(fc.constantFrom(0, -1, 1, 5)),
  timeoutMs: maybe(fc.constantFrom(0, 1, 10, 50, 400, Infinity)),
  signal: maybe(signal),
});

const ending: fc.Arbitrary<Ending> = oneOf<Ending>(
  [8, fc.constant('close')],
  [
    6,
    fc.constantFrom(
      'put',
      'dispose',
      'broken',
      'markBroken',
      'detach',
      'closeTwice',
      'brokenThenClose',
      'closeThenDetach',
      'detachThenClose',
    ),
  ],
);

const hold: fc.Arbitrary<HoldSpec> = fc.record({ ms: fc.option(delay, { nil: undefined, freq: 4 }), ending });

const fn = fc.record({
  how: fc.constantFrom('resolve' as const, 'return', 'thenable', 'reject', 'throw', 'never'),
  afterMs: delay,
});

const op = <const T extends string>(name: T) => fc.constant(name);

// A closed pool has little left to do: rare, so that most runs are long lives.
const close = fc.record({ op: op('close'), timeoutMs: maybe(delay) });

/** What callers do now and then; all but closing the pool. */
const deed: fc.Arbitrary<Reaction> = oneOf<Reaction>(
  [120, fc.record({ op: op('get'), get, hold })],
  [30, fc.record({ op: op('tryGet'), hold })],
  [40, fc.record({ op: op('do'), get, fn })],
  [80, fc.record({ op: op('giveBack'), which, ending })],
  [40, fc.record({ op: op('abort'), slot })],
  [40, fc.record({ op: op('kill'), which })],
  [20, fc.record({ op: op('configure'), limits })],
  [20, fc.record({ op: op('warmUp'), count: maybe(fc.nat({ max: 5 })) })],
  [10, fc.constantFrom({ op: 'invalidate' }, { op: 'pause' }, { op: 'resume' }, { op: 'resume' })],
);

/** What callers do from within callbacks. */
const reaction: fc.Arbitrary<Reaction> = oneOf<Reaction>([420, deed], [1, close]);

const action = (steps: number): fc.Arbitrary<Action> =>
  oneOf<Action>(
    [8_000, deed],
    [1_200, fc.record({ op: op('burst'), count: fc.integer({ min: 2, max: 8 }), get, hold })],
    [4_000, fc.record({ op: op('advance'), ms: oneOf([6, delay], [2, fc.constantFrom(300, 1000, 3000)]) })],
    [80, fc.record({ op: op('stall'), ms: fc.constantFrom(50, 300, 2000) })],
    [240, fc.record({ op: op('weather'), weather: weatherOf(reaction) })],
    [Math.max(1, Math.round(5_000 / steps)), close],
  );

const gap: fc.Arbitrary<Gap> = oneOf<Gap>(
  [6, fc.constant('settle')],
  [2, fc.constant('none')],
  [2, fc.constant('microtasks')],
);

/** One step of a trace of about `steps` steps. */
export const stepArbitrary = (steps: number): fc.Arbitrary<Step> => fc.record({ action: action(steps), gap });

export const settings: fc.Arbitrary<Settings> = fc.record({
  limits: limits.filter((given) => !contradictory(given)),
  weather: weatherOf(reaction),
  heartbeat: fc.boolean(),
  isBroken: fc.option(fc.constantFrom('yes', 'no', 'throws'), { nil: undefined, freq: 2 }),
  listener: fc.option(oneOf<Reaction | 'throw'>([1, fc.constant('throw')], [1, reaction]), {
    nil: undefined,
    freq: 5,
  }),
  end: fc.constantFrom('works', 'works', 'refuses', 'drops'),
  random: fc.nat(),
});
