import { setTimeout as pause } from 'node:timers/promises';
import { EchoError } from '../../examples/thrift/gen-nodejs/echo_types.js';
import { waitFor } from '../support/wait-for.js';
import { MOVES, type Place } from './moves.js';
import type { Limits, Speaker } from './speakers.js';

const MOVE_NAMES = Object.keys(MOVES);

/** Callers at work at once on each pool. */
const CALLERS = 12;

/** Limits that make callers wait for each other. */
const LIMITS: Limits = {
  maxActive: 4,
  waitTimeoutMs: 1_000,
  dialTimeoutMs: 1_000,
  dialRetryDelayMs: 2,
  heartbeatIntervalMs: 20,
  heartbeatTimeoutMs: 100,
  closeTimeoutMs: 500,
};

/** How often each thing was done. */
export type Tally = Map<string, number>;

/** What callers may do to a connection that is to last. */
export const GENTLE_MOVES = [
  'do, answered',
  'get, answered, close',
  'get, aborted',
  'get, timed out',
  'get with a signal that never aborts',
  'tryGet',
];

/** Callers make these moves on a pool, at random, until told otherwise. */
export async function call<TClient>(
  place: Place<TClient>,
  names: readonly string[],
  tally: Tally,
  isOn: () => boolean,
): Promise<void> {
  while (isOn()) {
    const name = pick(names);
    count(tally, name);
    await tolerated(MOVES[name]!(place));
  }
}

/** Keeps one pool busy, and changes it and makes others beside it, for as long as it is let. */
export class Churn<TClient> {
  readonly #place: Place<TClient>;
  readonly #port: number;
  readonly #tally: Tally;

  private constructor(place: Place<TClient>, port: number, tally: Tally) {
    this.#place = place;
    this.#port = port;
    this.#tally = tally;
  }

  static start<TClient>(
    speaker: Speaker<TClient>,
    port: number,
    signal: AbortSignal,
    tally: Tally,
  ): Churn<TClient> {
    return new Churn({ pool: speaker.makePool(port, LIMITS), speaker, signal }, port, tally);
  }

  /** Churns for `ms`, then comes to rest: nobody at work, no connection open. */
  async run(ms: number): Promise<void> {
    const until = performance.now() + ms;
    const isOn = () => performance.now() < until;
    const callers = Array.from({ length: CALLERS }, () => call(this.#place, MOVE_NAMES, this.#tally, isOn));
    await Promise.all([...callers, this.#operate(isOn), this.#makePools(isOn)]);
    await this.#rest();
  }

  close(): Promise<void> {
    return this.#place.pool.close({ timeoutMs: 100 });
  }

  async #rest(): Promise<void> {
    const { pool } = this.#place;
    pool.invalidate();
    await waitFor('the pool is at rest', () => {
      const { open, dialing, closing } = pool.stats();
      return open + dialing + closing === 0;
    });
  }

  /** What an operator may do to a pool in service. */
  async #operate(isOn: () => boolean): Promise<void> {
    const { pool } = this.#place;
    const acts: Record<string, () => unknown> = {
      invalidate: () => pool.invalidate(),
      configure: () => pool.configure({ maxActive: 2 + Math.floor(Math.random() * 4), leakDetectionMs: 1 }),
      'configure back': () => pool.configure({ maxActive: 4, leakDetectionMs: 0 }),
      warmUp: () => pool.warmUp(2),
      'pause, resume': async () => {
        pool.pause();
        await pause(5);
        pool.resume();
      },
    };
    while (isOn()) {
      const act = pick(Object.keys(acts));
      count(this.#tally, act);
      await tolerated(Promise.resolve(acts[act]!()));
      await pause(10);
    }
  }

  /** Whole pools, made, used and closed under their callers. */
  async #makePools(isOn: () => boolean): Promise<void> {
    const { speaker, signal } = this.#place;
    while (isOn()) {
      count(this.#tally, 'a pool made and closed');
      const pool = speaker.makePool(this.#port, { ...LIMITS, minIdle: 1, wait: Math.random() < 0.5 });
      const place = { pool, speaker, signal };
      const callers = Array.from({ length: 4 }, () =>
        call(place, MOVE_NAMES, this.#tally, () => isOn() && pool.stats().state === 'open'),
      );
      await pause(Math.random() * 30);
      await pool.close(Math.random() < 0.5 ? { timeoutMs: 5 } : {});
      await Promise.all(callers);
    }
  }
}

/**
 * Every error of a pool, a socket or a caller has a code, and of the service there is one exception; any other
 * error is a failure of the soak.
 */
async function tolerated(move: Promise<unknown>): Promise<void> {
  try {
    await move;
  } catch (error) {
    const { code } = error as { code?: unknown };
    const isKnown = error instanceof EchoError || (typeof code === 'string' && code !== 'ERR_ASSERTION');
    if (!isKnown) throw error;
  }
}

function count(tally: Tally, what: string): void {
  tally.set(what, (tally.get(what) ?? 0) + 1);
}

function pick(names: readonly string[]): string {
  return names[Math.floor(Math.random() * names.length)]!;
}
