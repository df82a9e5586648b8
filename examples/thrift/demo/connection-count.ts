import type { CloseReason, ConnPool } from 'connpool';

/** Counts the connections of a pool that were opened, and those of them that were closed, from its events. */
export class ConnectionCount {
  opened = 0;
  readonly closed: Partial<Record<CloseReason, number>> = {};

  constructor(pool: ConnPool<never>) {
    const open = new WeakSet<object>();
    pool.on('open', (client: object) => {
      this.opened++;
      open.add(client);
    });
    // A client that failed its first heartbeat is closed without ever having been opened.
    pool.on('close', (client: object, reason) => {
      if (open.delete(client)) this.closed[reason] = (this.closed[reason] ?? 0) + 1;
    });
  }
}
