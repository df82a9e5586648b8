import type { Endpoint } from '../pool/endpoint.js';

/**
 * Where a cluster learns which endpoints there are. A source of one's own is one method, for example an async
 * generator.
 */
export interface Discovery {
  /**
   * Gives the complete list of endpoints, first as soon as it is known and again after every change. A source
   * lives with failures of its backend: it keeps silent (the last list stays in force), retries with backoff and
   * reports each failure to `onError`. It never gives an empty list because of an error.
   * Ending means that the last list is final; throwing makes the cluster start over with a new `watch`.
   * @param signal aborts when nobody listens any more: stop, and leave no timer, socket or listener behind
   * @param onError told of each failure that the source survived; never throws
   */
  watch(signal: AbortSignal, onError?: (error: unknown) => void): AsyncIterable<readonly Endpoint[]>;
}
