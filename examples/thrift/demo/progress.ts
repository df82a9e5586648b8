import type { ConnPool } from 'connpool';
import type { Load } from './load.js';

const INTERVAL_ON_TERMINAL_MS = 200;
const INTERVAL_ELSEWHERE_MS = 1_000;

/** Shows how the load goes: one line that renews itself on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #out: NodeJS.WriteStream;
  readonly #load: Load;
  readonly #pool: ConnPool<never>;
  readonly #startedAt = performance.now();
  readonly #timer: NodeJS.Timeout;
  #lastResults = 0;
  #lastAt = this.#startedAt;

  constructor(out: NodeJS.WriteStream, load: Load, pool: ConnPool<never>) {
    this.#out = out;
    this.#load = load;
    this.#pool = pool;
    this.#timer = setInterval(
      () => this.#show(),
      out.isTTY ? INTERVAL_ON_TERMINAL_MS : INTERVAL_ELSEWHERE_MS,
    );
  }

  /** Prints a line of its own. */
  note(text: string): void {
    this.#clear();
    this.#out.write(`${this.#elapsed()}  ${text}\n`);
  }

  stop(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #show(): void {
    const at = performance.now();
    const perSecond = ((this.#load.results - this.#lastResults) / (at - this.#lastAt)) * 1_000;
    this.#lastResults = this.#load.results;
    this.#lastAt = at;
    const { open, idle, inUse, dialing, waiting } = this.#pool.stats();
    const line =
      `${this.#elapsed()}  ${Math.round(perSecond).toLocaleString('en')} calls/s, ` +
      `${this.#load.results.toLocaleString('en')} results, ${this.#load.errorCount} errors | ` +
      `open ${open} (idle ${idle}, in use ${inUse}), dialing ${dialing}, waiting ${waiting}`;
    this.#clear();
    this.#out.write(this.#out.isTTY ? line.slice(0, this.#out.columns - 1) : `${line}\n`);
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(5)} s`;
  }

  #clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\x1b[2K');
  }
}
