import type { ConnPool } from '../../pool/conn-pool.js';
import type { CloseReason } from '../../pool/options.js';

/** Counts the connections of pools that were opened, and those of them that were closed, from the pools' events. */
export class ConnectionCount {
  opened = 0;
  readonly closed: Partial<Record<CloseReason, number>> = {};

  watch<TClient extends object>(pool: ConnPool<TClient>): void {
    const open = new WeakSet<object>();
    pool.on('open', (client) => {
      this.opened++;
      open.add(client);
    });
    // A client that failed its first heartbeat is closed without ever having been opened.
    pool.on('close', (client, reason) => {
      if (open.delete(client)) this.closed[reason] = (this.closed[reason] ?? 0) + 1;
    });
  }
}
