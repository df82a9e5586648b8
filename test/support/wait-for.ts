import type { EventEmitter } from 'node:events';

// Taken when the module loads, so that fake timers installed by a test do not stop the waiting.
const { setTimeout, clearTimeout } = globalThis;
const now = performance.now.bind(performance);

/** How long a wait may take. */
export interface Deadline {
  /** In ms. @default 5000 */
  timeoutMs?: number;
}

/**
 * Waits until `condition` gives something truthy, and gives that back.
 * @param what says in the failure's message what did not happen
 * @throws Error when the time is up, or what `condition` throws
 */
export async function waitFor<T>(
  what: string,
  condition: () => T | Promise<T>,
  { timeoutMs = 5_000 }: Deadline = {},
): Promise<T> {
  const end = now() + timeoutMs;
  for (;;) {
    const value = await condition();
    if (value) return value;
    if (now() > end) throw new Error(`waited ${timeoutMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/**
 * Waits for one event and gives its arguments. Unlike `events.once` it does not fail on 'error', so that it can
 * wait for that one too, and it has a deadline.
 * @throws Error when the time is up
 */
export function waitForEvent<TArgs extends unknown[] = unknown[]>(
  emitter: Pick<EventEmitter, 'on' | 'off'>,
  event: string,
  { timeoutMs = 5_000 }: Deadline = {},
): Promise<TArgs> {
  return new Promise((resolve, reject) => {
    const settle = (...args: unknown[]) => {
      clearTimeout(timer);
      emitter.off(event, settle);
      resolve(args as TArgs);
    };
    const timer = setTimeout(() => {
      emitter.off(event, settle);
      reject(new Error(`waited ${timeoutMs} ms in vain for the event '${event}'`));
    }, timeoutMs);
    emitter.on(event, settle);
  });
}

/**
 * Gives what `promise` gives, or fails when that takes too long: nothing a test awaits may hang.
 * @throws Error when the time is up, or what `promise` rejects with
 */
export async function within<T>(
  what: string,
  promise: PromiseLike<T>,
  { timeoutMs = 5_000 }: Deadline = {},
): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${timeoutMs} ms in vain for: ${what}`)), timeoutMs);
  });
  try {
    return await Promise.race([promise, timeUp]);
  } finally {
    clearTimeout(timer);
  }
}
