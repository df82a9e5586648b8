import { Deadline } from './deadline.js';
import type { Engine } from './engine.js';
import { PoolClosedError } from './errors.js';

/** The end of a pool, from the first `close()` until its last connection is closed. */
export class Shutdown<TClient, TMeta> {
  readonly done: Promise<void>;
  readonly #pool: Engine<TClient, TMeta>;
  #resolve!: () => void;
  readonly #deadline = new Deadline(() => this.#closeBorrowed());
  /** Whether every dial under way has taken note; what they had in hand is being closed by then. */
  #dialsEnded = false;

  constructor(pool: Engine<TClient, TMeta>) {
    this.#pool = pool;
    this.done = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  /** How long borrowed connections may stay at most, ms; as long as it takes when it is never said. */
  limit(timeoutMs: number | undefined): void {
    this.#deadline.within(timeoutMs);
  }

  start(): void {
    const pool = this.#pool;
    const closed = new PoolClosedError(pool.name);
    pool.state = 'closing';
    pool.upkeep.stop();
    pool.line.rejectAll(closed);
    void pool.dials.cancelAll(closed).then(() => {
      this.#dialsEnded = true;
      this.check();
    });
    for (const conn of [...pool.all]) {
      if (conn.state === 'idle' || conn.state === 'checking') void pool.destroy(conn, 'shutdown');
    }
    this.check();
  }

  /** Ends the shutdown once nothing is left. */
  check(): void {
    const pool = this.#pool;
    if (pool.state !== 'closing' || !this.#dialsEnded || pool.all.size > 0 || pool.closer.pending > 0) return;
    pool.state = 'closed';
    this.#deadline.cancel();
    this.#resolve();
  }

  #closeBorrowed(): void {
    for (const conn of [...this.#pool.all]) {
      // A close callback may give another transport back meanwhile.
      if (conn.state !== 'gone') void this.#pool.destroy(conn, 'shutdown');
    }
  }
}
