import { RetryPause } from '../discovery/retry-pause.js';
import type { TransportSource } from '../pool/transport-source.js';

const FIRST_RETRY_MS = 100;
const MAX_RETRY_MS = 5_000;

/**
 * Makes `count` connections stand, as far as the source's limits allow, and tries again until they do.
 * @param signal aborts when the node leaves; then it resolves without having succeeded
 * @param onError told of every failed try
 */
export async function warmUp(
  source: TransportSource<unknown>,
  count: number,
  signal: AbortSignal,
  onError: (error: unknown) => void,
): Promise<void> {
  const retry = new RetryPause(FIRST_RETRY_MS, MAX_RETRY_MS);
  const make = (n: number) => (hasWarmUp(source) ? source.warmUp(n) : takeTogether(source, n, signal));
  for (let tries = 1; !signal.aborted; tries++) {
    try {
      // An endpoint that failed is not dialed for all of them before one stands.
      if (tries > 1) await make(1);
      await make(count);
      return;
    } catch (error) {
      if (signal.aborted) return;
      onError(error);
    }
    await retry.wait(signal);
  }
}

/** A source that can dial ahead of need, such as a pool. */
interface WarmUpSource {
  warmUp(count: number): Promise<void>;
}

function hasWarmUp(source: object): source is WarmUpSource {
  return typeof (source as Partial<WarmUpSource>).warmUp === 'function';
}

/** Takes connections at the same time, so that they must all be there, and gives them back. */
async function takeTogether(
  source: TransportSource<unknown>,
  count: number,
  signal: AbortSignal,
): Promise<void> {
  const wanted = Math.min(count, source.stats().maxActive);
  const results = await Promise.allSettled(Array.from({ length: wanted }, () => source.get({ signal })));
  await Promise.all(
    results.map((result) => (result.status === 'fulfilled' ? result.value.close() : undefined)),
  );
  for (const result of results) if (result.status === 'rejected') throw result.reason;
}
