import { Timer } from '../pool/clock.js';

/** Longest pause before the first retry, ms. */
const FIRST_MS = 50;
/** No source is left alone for longer, ms: one that comes back is to be found within a second. */
const MOST_MS = 1_000;

/**
 * The pauses between the attempts at something that fails: doubling from the first one up to the longest, each
 * shortened by up to half at random, so that many clients do not come back at once.
 */
export class RetryPause {
  #failures = 0;

  /** In ms; by default 50 up to 1000, those of a discovery source whose backend fails. */
  constructor(
    private readonly firstMs = FIRST_MS,
    private readonly mostMs = MOST_MS,
  ) {}

  /** An attempt worked: the next pause is a short one again. */
  reset(): void {
    this.#failures = 0;
  }

  /** An attempt failed: resolves when the next one is due, or at once when the signal aborts. */
  wait(signal: AbortSignal): Promise<void> {
    const full = Math.min(this.mostMs, this.firstMs * 2 ** this.#failures);
    this.#failures++;
    return pause(full * (1 - Math.random() / 2), signal);
  }
}

/** Resolves after `delayMs`, or at once when the signal aborts. Does not keep the process alive. */
export function pause(delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const end = () => {
      timer.cancel();
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = new Timer(end, delayMs, false);
    signal.addEventListener('abort', end);
  });
}
