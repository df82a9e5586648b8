import { readFile, stat } from 'node:fs/promises';
import { now } from '../pool/clock.js';
import { pause } from './retry-pause.js';

/** A file that changed so lately may be half written, ms. */
const QUIET_MS = 100;
/** A file that never comes to rest is read all the same after this long, ms. */
const RESTLESS_MS = 1_000;

/** Reads a file whenever it is another one than the last time. */
export class FileReader {
  /** What told the last version apart from others; undefined when there was no file. */
  #version: string | undefined;
  #hasRead = false;

  constructor(private readonly path: string) {}

  /**
   * The file's text; undefined when it is still the one that was read before. A file that is being written is waited
   * for, but not for ever.
   * @throws what reading fails with; the signal's reason
   */
  async readChanged(signal: AbortSignal): Promise<string | undefined> {
    const end = now() + RESTLESS_MS;
    for (let version = await this.#look(); version !== this.#version; ) {
      // Before the first list there is nothing to lose by one that is not complete.
      if (this.#hasRead) await pause(QUIET_MS, signal);
      const text = await readFile(this.path, { encoding: 'utf8', signal });
      const after = await this.#look();
      if (after === version || now() > end) {
        this.#version = after;
        this.#hasRead = true;
        return text;
      }
      version = after;
    }
    return undefined;
  }

  /**
   * Whether the file stays what was read last for so long. Tells at once when it does not.
   * @throws what looking at it fails with; the signal's reason
   */
  async staysFor(restMs: number, signal: AbortSignal): Promise<boolean> {
    const end = now() + restMs;
    while (now() < end) {
      await pause(QUIET_MS, signal);
      signal.throwIfAborted();
      if ((await this.#look()) !== this.#version) return false;
    }
    return true;
  }

  /** Follows links. */
  async #look(): Promise<string> {
    try {
      const { dev, ino, size, mtimeNs, ctimeNs } = await stat(this.path, { bigint: true });
      return [dev, ino, size, mtimeNs, ctimeNs].join();
    } catch (error) {
      this.#version = undefined;
      throw error;
    }
  }
}
