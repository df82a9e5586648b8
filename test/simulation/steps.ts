import type { PoolLimits } from '../../lib/pool/index.js';
import type { Answer, Weather } from './weather.js';

/** The signal of a call: one of its own that aborts by itself, one that calls share, one aborted beforehand. */
export type SignalSpec =
  | { readonly kind: 'own'; readonly abortAfterMs: number }
  | { readonly kind: 'shared'; readonly slot: number }
  | { readonly kind: 'aborted' };

export interface GetSpec {
  readonly priority?: number | undefined;
  readonly timeoutMs?: number | undefined;
  readonly signal?: SignalSpec | undefined;
}

/** What becomes of a transport. */
export type Ending =
  | 'close'
  | 'put'
  | 'dispose'
  | 'broken'
  | 'markBroken'
  | 'detach'
  | 'closeTwice'
  | 'brokenThenClose'
  | 'closeThenDetach'
  | 'detachThenClose';

/** How long a transport is held (undefined: until a `giveBack` step or the end of the run) and how that ends. */
export interface HoldSpec {
  readonly ms?: number | undefined;
  readonly ending: Ending;
}

/** What can be done from within a callback of the pool. All of it is synchronous. */
export type Reaction =
  | { readonly op: 'get'; readonly get: GetSpec; readonly hold: HoldSpec }
  | { readonly op: 'tryGet'; readonly hold: HoldSpec }
  | { readonly op: 'do'; readonly get: GetSpec; readonly fn: Answer }
  /** Gives the `which`-th held transport back, counted round and round. */
  | { readonly op: 'giveBack'; readonly which: number; readonly ending: Ending }
  /** Aborts a shared signal. */
  | { readonly op: 'abort'; readonly slot: number }
  /** A connection, whatever it is doing, reports itself broken. */
  | { readonly op: 'kill'; readonly which: number }
  | { readonly op: 'configure'; readonly limits: PoolLimits }
  | { readonly op: 'warmUp'; readonly count?: number | undefined }
  | { readonly op: 'invalidate' }
  | { readonly op: 'pause' }
  | { readonly op: 'resume' }
  | { readonly op: 'close'; readonly timeoutMs?: number | undefined };

export type Action =
  | Reaction
  /** The same call several times in a row. */
  | { readonly op: 'burst'; readonly count: number; readonly get: GetSpec; readonly hold: HoldSpec }
  | { readonly op: 'advance'; readonly ms: number }
  /** The machine stands still: all timers due within `ms` fire late and together. */
  | { readonly op: 'stall'; readonly ms: number }
  | { readonly op: 'weather'; readonly weather: Weather };

/**
 * What happens before the next step: everything that needs no time (`settle`), a few microtasks only, or
 * nothing, so that the next step strikes in the same tick.
 */
export type Gap = 'settle' | 'microtasks' | 'none';

/** One step of a run: plain data, so that a trace can be printed, shrunk and replayed. */
export interface Step {
  readonly action: Action;
  readonly gap: Gap;
}

/** What holds for a run as a whole. */
export interface Settings {
  readonly limits: PoolLimits;
  readonly weather: Weather;
  /** Whether the pool has a heartbeat. */
  readonly heartbeat: boolean;
  /** What `isBroken` says; undefined: the pool has none. */
  readonly isBroken?: 'yes' | 'no' | 'throws' | undefined;
  /** What is called from within the pool's events. */
  readonly listener?: Reaction | 'throw' | undefined;
  /** The endpoint once the last step is done: it works, refuses, or drops every connection soon after it stands. */
  readonly end: 'works' | 'refuses' | 'drops';
  /** Seed of Math.random during the run. */
  readonly random: number;
}
