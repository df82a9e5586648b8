import type { DialRequester } from './dial-run.js';

/** One connection to be dialed ahead of need. */
export class Fill implements DialRequester {
  dialing = false;
  /** Resolves when its dial has ended well or is no longer needed. */
  readonly done: Promise<void>;
  resolve!: () => void;
  reject!: (error: Error) => void;

  /** `background`: nobody awaits it; one attempt, and its timers let the process exit. */
  constructor(readonly background: boolean) {
    this.done = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    // A refill has no caller, and a warm-up may be rejected before its caller looks.
    this.done.catch(() => {});
  }
}
