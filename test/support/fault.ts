/** Which way the bytes go. */
export type Direction = 'toServer' | 'toClient';

/**
 * What a {@link FaultProxy} does to the bytes of one direction. `none`, `delay`, `throttle`, `blackhole`, `stall`,
 * `corrupt` and `fragment` last until they are replaced; `halfClose`, `cut` and `reset` happen once.
 */
export type Fault =
  /** Everything passes. */
  | { readonly kind: 'none' }
  /** Each chunk waits this long before it passes. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** Bytes pass at this pace. */
  | { readonly kind: 'throttle'; readonly bytesPerSecond: number }
  /** Bytes, and the end of the stream, are swallowed: the peer hears nothing and the connection stays open. */
  | { readonly kind: 'blackhole' }
  /** Nothing is read any more: the sender's buffers fill. What waits passes when the fault is replaced. */
  | { readonly kind: 'stall' }
  /** Every byte, or the next `bytes` ones, is one higher; passing twice does not undo it. */
  | { readonly kind: 'corrupt'; readonly bytes?: number }
  /** Bytes arrive one by one, each in a chunk of its own. */
  | { readonly kind: 'fragment' }
  /** This direction ends with a FIN; the other goes on. */
  | { readonly kind: 'halfClose' }
  /** Both directions end with a FIN; as ever, a side whose bytes lie unread gets a RST instead. */
  | { readonly kind: 'cut' }
  /** Both sides get a RST. */
  | { readonly kind: 'reset' };

/** Where and when a fault strikes. */
export interface FaultPlace {
  /** @default both directions */
  readonly direction?: Direction;
  /** The connections that are open now, those made from now on, or all. @default 'all' */
  readonly connections?: 'open' | 'new' | 'all';
  /**
   * Strike only once this many further bytes have passed in the fault's direction, in the middle of a chunk if
   * need be. 0: when the next byte comes, before it passes. Left out: at once (for a new connection: as soon as
   * it is accepted).
   */
  readonly afterBytes?: number;
}

/** A fault together with what must pass before it strikes. */
export interface ArmedFault {
  readonly fault: Fault;
  readonly afterBytes: number | undefined;
}

/** The fault that lets everything pass. */
export const NO_FAULT: ArmedFault = { fault: { kind: 'none' }, afterBytes: undefined };
