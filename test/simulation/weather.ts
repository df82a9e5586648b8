import fc from 'fast-check';
import type { Reaction } from './steps.js';

/** How a callback answers: in which way and after how many ms. */
export interface Answer {
  /** `return` and `throw` are synchronous, `thenable` is a promise of another make, `never` never settles. */
  readonly how: 'resolve' | 'return' | 'thenable' | 'reject' | 'throw' | 'never';
  /** 0 = within the same turn. `return` and `throw` ignore it. */
  readonly afterMs: number;
}

/** How one dial goes. */
export interface DialPlan extends Answer {
  /** Whether it gives up when its signal aborts; a deaf one answers all the same, too late. */
  readonly heeds: boolean;
  /** The connection reports itself broken so many ms after the dial began, before or after it stands. */
  readonly diesAfterMs?: number | undefined;
  /** What a caller does from within the callback. */
  readonly meanwhile?: Reaction | undefined;
}

/** How one heartbeat goes. `resolve` and `return` answer true, or false when `negative`. */
export interface HeartbeatPlan extends Answer {
  readonly negative: boolean;
  readonly meanwhile?: Reaction | undefined;
}

/** How one close goes. */
export interface ClosePlan extends Answer {
  readonly meanwhile?: Reaction | undefined;
}

/** How the callbacks behave for a while: each list is gone through round and round; an empty one means all is well. */
export interface Weather {
  readonly dial: readonly DialPlan[];
  readonly heartbeat: readonly HeartbeatPlan[];
  readonly close: readonly ClosePlan[];
}

export const FAIR_DIAL: DialPlan = { how: 'resolve', afterMs: 0, heeds: true };
export const FAIR_HEARTBEAT: HeartbeatPlan = { how: 'resolve', afterMs: 0, negative: false };
export const FAIR_CLOSE: ClosePlan = { how: 'resolve', afterMs: 0 };
export const FAIR_WEATHER: Weather = { dial: [], heartbeat: [], close: [] };

/** Times that meet and miss the time limits of the settings. */
export const delay = fc.constantFrom(0, 1, 5, 10, 20, 60, 150);

const goodAnswer = { how: fc.constantFrom('resolve' as const, 'return', 'thenable'), afterMs: delay };
const anyAnswer = {
  how: fc.constantFrom('resolve' as const, 'return', 'thenable', 'reject', 'throw', 'never'),
  afterMs: delay,
};

/** Random weather; `reactions` are what callers do from within callbacks. */
export function weatherOf(reactions: fc.Arbitrary<Reaction>): fc.Arbitrary<Weather> {
  const meanwhile = fc.option(reactions, { nil: undefined, freq: 8 });
  const diesAfterMs = fc.option(delay, { nil: undefined, freq: 8 });
  const heeds = fc.boolean();
  const goodDial = fc.record({ ...goodAnswer, heeds, diesAfterMs, meanwhile });
  const anyDial = fc.record({ ...anyAnswer, heeds, diesAfterMs, meanwhile });
  const goodBeat = fc.record({ ...goodAnswer, negative: fc.constant(false), meanwhile });
  const anyBeat = fc.record({ ...anyAnswer, negative: fc.boolean(), meanwhile });
  const anyClose = fc.record({ ...anyAnswer, meanwhile });
  return fc.record({
    dial: fc.array(mostly(goodDial, anyDial), { maxLength: 6 }),
    heartbeat: fc.array(mostly(goodBeat, anyBeat), { maxLength: 6 }),
    close: fc.array(anyClose, { maxLength: 4 }),
  });
}

function mostly<T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>): fc.Arbitrary<T> {
  return fc.oneof({ weight: 2, arbitrary: usual }, { weight: 1, arbitrary: other });
}
