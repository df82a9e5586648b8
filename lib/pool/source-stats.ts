/** The gauges and limits every source of transports reports; all counts are connections unless they say otherwise. */
export interface SourceStats {
  /** The source's name. */
  name: string;
  /** Whether the source takes calls. */
  state: 'open' | 'paused' | 'closing' | 'closed';
  /** `idle + inUse + checking`. */
  open: number;
  /** Connections ready to be lent. */
  idle: number;
  /** Connections lent to callers. */
  inUse: number;
  /** Connections under a heartbeat. */
  checking: number;
  /** Dials under way, their first heartbeat and the pauses between attempts included. */
  dialing: number;
  /** Connections whose close callback runs; no longer part of `open`. */
  closing: number;
  /** `get` calls for which no connection is free, being dialed or being checked. */
  waiting: number;
  /** Most connections open at once. */
  maxActive: number;
  /** Most idle connections kept. */
  maxIdle: number;
}
