import type { Endpoint } from '../pool/endpoint.js';

/** How the records of a type become endpoints. */
export interface DnsLookup {
  /**
   * Asks once more.
   * @param onError told of failures that leave an answer all the same
   * @throws what the question failed with; an empty answer is a failure too
   */
  next(onError: (error: unknown) => void): Promise<DnsAnswer>;
}

/** An answer, and how long it holds. */
export interface DnsAnswer {
  /** In the order of their ids. */
  readonly endpoints: readonly Endpoint[];
  /** Until when the servers' own caches would keep it, ms. */
  readonly holdsMs: number;
  /** Whether a part of it had to be left as it was. */
  readonly isPartial: boolean;
}
