import { PooledResource } from './pooled-resource.js';

/** What the engine keeps as its client: a resource with what the pool needs to act on it. */
export class Slot<T> {
  readonly pooled: PooledResource<T>;
  /** Counts up, pool-wide, whenever the resource becomes idle: tells one idle spell from the next. 0 = not in the pool yet. */
  turn = 0;
  /** Makes the engine destroy it: at once when idle, on return when lent. */
  readonly markBroken: () => void;
  /** Says that the engine has taken it in, or given it up. */
  readonly settled: () => void;
  /** Says that its destruction has ended; there is something to end from the moment it begins. */
  destroyed: () => void = () => {};

  constructor(obj: T, markBroken: () => void, settled: () => void) {
    this.pooled = new PooledResource(obj);
    this.markBroken = markBroken;
    this.settled = settled;
  }
}
