import { performance as systemPerformance } from 'node:perf_hooks';

/** Longest delay setTimeout takes; Node turns a longer one into 1 ms. */
const MAX_DELAY_MS = 2 ** 31 - 1;

/**
 * A timer that fires this late has seen the event loop stall. What it guards gets one more look at its sockets:
 * the answer may have arrived while nobody could read it.
 */
const STALL_MS = 100;

/** Monotonic time in ms. Reads the global at each call, so that a simulated clock is honoured. */
export function now(): number {
  // A turn of the system's clock means nothing to one that has replaced it meanwhile.
  if (current !== undefined && performance.now !== systemNow) current = undefined;
  return performance.now();
}

/**
 * One turn of the event loop. A clock read costs as much as everything else on the pool's fast path together, so
 * what happens there is stamped with its turn, whose clock is read twice, however much happens in it.
 */
export interface Turn {
  /** When something was first stamped in it, ms. */
  readonly startedAt: number;
  /** When it had ended, ms; NaN while it goes on. */
  endedAt: number;
}

const systemNow = systemPerformance.now;
const afterThisTurn = globalThis.setImmediate;
let current: Turn | undefined;

/** The turn that is going on. */
export function currentTurn(): Turn {
  return current ?? startTurn();
}

/** Monotonic time in ms, as of the start of this turn: for what tolerates an error of one turn. */
export function turnTime(): number {
  return (current ?? startTurn()).startedAt;
}

function startTurn(): Turn {
  const startedAt = now();
  // A replaced clock (a simulation) may jump between two statements: there every stamp is a turn of its own.
  if (performance.now !== systemNow) return { startedAt, endedAt: startedAt };
  current = { startedAt, endedAt: Number.NaN };
  // Not unref'd: the loop would go to sleep before it ran, and the turn would last until something else happens.
  // It holds the process for this one iteration.
  afterThisTurn(endTurn);
  return current;
}

function endTurn(): void {
  if (current !== undefined) current.endedAt = now();
  current = undefined;
}

/** A one-shot timer for delays of any length, Infinity (never) included. */
export class Timer {
  readonly #due: number;
  readonly #run: () => void;
  #remainingMs: number;
  readonly #keepAlive: boolean;
  #handle: NodeJS.Timeout | undefined;
  #lastLook: NodeJS.Immediate | undefined;

  /** Calls `run` after `delayMs`. Only with `keepAlive` does the timer keep the process alive. */
  constructor(run: () => void, delayMs: number, keepAlive: boolean) {
    this.#run = run;
    this.#keepAlive = keepAlive;
    this.#remainingMs = Math.max(0, delayMs);
    this.#due = now() + this.#remainingMs;
    if (delayMs !== Infinity) this.#arm();
  }

  /** Stops the timer for good. */
  cancel(): void {
    clearTimeout(this.#handle);
    clearImmediate(this.#lastLook);
    this.#handle = undefined;
    this.#lastLook = undefined;
  }

  #arm(): void {
    const delayMs = Math.min(this.#remainingMs, MAX_DELAY_MS);
    this.#remainingMs -= delayMs;
    this.#handle = setTimeout(() => this.#fire(), delayMs);
    if (!this.#keepAlive) this.#handle.unref();
  }

  #fire(): void {
    this.#handle = undefined;
    if (this.#remainingMs > 0) {
      this.#arm();
    } else if (now() - this.#due > STALL_MS) {
      this.#lastLook = setImmediate(this.#run);
      if (!this.#keepAlive) this.#lastLook.unref();
    } else {
      this.#run();
    }
  }
}
