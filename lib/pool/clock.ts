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
  return performance.now();
}

const systemNow = systemPerformance.now;
const afterThisTurn = globalThis.setImmediate;
let turnStartedAt = -1;

/**
 * Monotonic time in ms, read once per turn of the event loop. A clock read costs as much as everything else on
 * the pool's fast path together; what is stamped or compared there tolerates an error of one turn.
 */
export function turnTime(): number {
  return turnStartedAt >= 0 ? turnStartedAt : startTurn();
}

function startTurn(): number {
  const at = now();
  // A replaced clock (a simulation) may jump between two statements: it is read at every call.
  if (performance.now === systemNow) {
    turnStartedAt = at;
    afterThisTurn(forgetTurn).unref();
  }
  return at;
}

function forgetTurn(): void {
  turnStartedAt = -1;
}

/** A one-shot timer for delays of any length, Infinity (never) included. */
export class Timer {
  readonly #due: number;
  readonly #run: () => void;
  #remainingMs: number;
  #keepAlive: boolean;
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

  /** From now on the timer keeps the process alive. */
  ref(): void {
    this.#keepAlive = true;
    this.#handle?.ref();
    this.#lastLook?.ref();
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
