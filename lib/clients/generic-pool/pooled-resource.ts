/** Where a resource stands, in generic-pool's words. */
export type PooledResourceState = 'ALLOCATED' | 'IDLE' | 'INVALID' | 'RETURNING' | 'VALIDATION';

/**
 * What the pool knows of one resource, in the shape generic-pool hands to an evictor. Times are `Date.now()`,
 * because evictors compare them with that.
 */
export class PooledResource<T> {
  /** When the factory made it. */
  readonly creationTime = Date.now();
  /** When it was last given back. */
  lastReturnTime: number | null = null;
  /** When it was last lent. */
  lastBorrowTime: number | null = null;
  /** When it last became idle. */
  lastIdleTime: number | null = null;
  state: PooledResourceState = 'IDLE';
  /** The resource itself: what `factory.create` gave. */
  readonly obj: T;

  /** `resource`: what `factory.create` gave. */
  constructor(resource: T) {
    this.obj = resource;
  }

  /** Notes that it was lent. */
  allocate(): void {
    this.lastBorrowTime = Date.now();
    this.state = 'ALLOCATED';
  }

  /** Notes that it was given back. */
  deallocate(): void {
    this.lastReturnTime = Date.now();
    this.state = 'IDLE';
  }

  /** Notes that it is idle from now on. */
  idle(): void {
    this.lastIdleTime = Date.now();
    this.state = 'IDLE';
  }

  /** Notes that it is being validated. */
  test(): void {
    this.state = 'VALIDATION';
  }

  /** Notes that it is being validated on its way back. */
  returning(): void {
    this.state = 'RETURNING';
  }

  /** Notes that it has left the pool. */
  invalidate(): void {
    this.state = 'INVALID';
  }
}
