import { type FSWatcher, watch } from 'node:fs';
import createDebug from 'debug';
import { Timer } from '../pool/clock.js';

const log = createDebug('connpool:file');

/**
 * Tells when a folder may have changed: at once where the operating system says so, and now and then in any case.
 * It is the folder that is watched, because a file that is renamed over or linked anew is another file.
 * It does not keep the process alive.
 */
export class FileWatch {
  readonly #folder: string;
  readonly #pollIntervalMs: number;
  readonly #signal: AbortSignal;
  readonly #ring = () => this.#onChange?.();
  #watcher: FSWatcher | undefined;
  /** Something happened that nobody has been told of. */
  #changed = false;
  /** Set while somebody waits. */
  #onChange: (() => void) | undefined;

  constructor(folder: string, pollIntervalMs: number, signal: AbortSignal) {
    this.#folder = folder;
    this.#pollIntervalMs = pollIntervalMs;
    this.#signal = signal;
    signal.addEventListener('abort', this.#ring);
    this.#listen();
  }

  /** Resolves after a change, also one that came since the last call; when it is time to look; when the signal aborts. */
  async next(): Promise<void> {
    if (!this.#changed && !this.#signal.aborted) {
      let timer: Timer | undefined;
      await new Promise<void>((resolve) => {
        this.#onChange = resolve;
        timer = new Timer(resolve, this.#pollIntervalMs, false);
      });
      timer?.cancel();
      this.#onChange = undefined;
    }
    this.#changed = false;
    // A folder that was not there may have come.
    this.#listen();
  }

  close(): void {
    this.#signal.removeEventListener('abort', this.#ring);
    this.#watcher?.close();
  }

  #listen(): void {
    if (this.#watcher !== undefined || this.#signal.aborted) return;
    try {
      this.#watcher = watch(this.#folder, { persistent: false }, () => {
        this.#changed = true;
        this.#ring();
      });
      this.#watcher.on('error', (error) => this.#deafened(error));
    } catch (error) {
      this.#deafened(error);
    }
  }

  /** There is the poll all the same. */
  #deafened(error: unknown): void {
    log('%s cannot be watched: %s', this.#folder, error);
    this.#watcher?.close();
    this.#watcher = undefined;
  }
}
