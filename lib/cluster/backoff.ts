import { Timer } from '../pool/clock.js';

/** How long to wait before attempt number `failures` + 1: doubling from `firstMs` up to `maxMs`, less up to half at random. */
export function backoffMs(failures: number, firstMs: number, maxMs: number): number {
  const full = Math.min(maxMs, firstMs * 2 ** (failures - 1));
  return full * (1 - Math.random() / 2);
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
