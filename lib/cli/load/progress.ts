import type { SourceStats } from '../../pool/source-stats.js';
import type { Load } from './load.js';

const INTERVAL_ON_TERMINAL_MS = 200;
const INTERVAL_ELSEWHERE_MS = 1_000;
const DEFAULT_COLUMNS = 80;

/** Where progress is shown. */
export type ProgressStream = Pick<NodeJS.WriteStream, 'write'> &
  Partial<Pick<NodeJS.WriteStream, 'isTTY' | 'columns'>>;

/** What progress is shown of. */
export interface Watched {
  readonly load: Pick<Load, 'results' | 'errorCount'>;
  gauges(): Pick<SourceStats, 'open' | 'idle' | 'inUse' | 'dialing' | 'waiting'>;
}

/** Shows how a load goes: one line that renews itself on a terminal, plain lines elsewhere. */
export class Progress {
  readonly #out: ProgressStream;
  readonly #startedAt = performance.now();
  #timer: NodeJS.Timeout | undefined;
  #lastResults = 0;
  #lastAt = 0;

  constructor(out: ProgressStream) {
    this.#out = out;
  }

  /** Shows this from now on, until {@link stop}. */
  watch(watched: Watched): void {
    this.stop();
    this.#lastResults = watched.load.results;
    this.#lastAt = performance.now();
    this.#timer = setInterval(
      () => this.#show(watched),
      this.#out.isTTY ? INTERVAL_ON_TERMINAL_MS : INTERVAL_ELSEWHERE_MS,
    );
  }

  /** Prints a line of its own. */
  note(text: string): void {
    this.#clear();
    this.#out.write(`${this.#elapsed()}  ${text}\n`);
  }

  stop(): void {
    if (this.#timer === undefined) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }

  #show({ load, gauges }: Watched): void {
    const at = performance.now();
    const perSecond = ((load.results - this.#lastResults) / (at - this.#lastAt)) * 1_000;
    this.#lastResults = load.results;
    this.#lastAt = at;
    const { open, idle, inUse, dialing, waiting } = gauges();
    const line =
      `${this.#elapsed()}  ${Math.round(perSecond).toLocaleString('en')} calls/s, ` +
      `${load.results.toLocaleString('en')} results, ${load.errorCount} errors | ` +
      `open ${open} (idle ${idle}, in use ${inUse}), dialing ${dialing}, waiting ${waiting}`;
    this.#clear();
    const { isTTY, columns = DEFAULT_COLUMNS } = this.#out;
    this.#out.write(isTTY ? line.slice(0, columns - 1) : `${line}\n`);
  }

  #elapsed(): string {
    return `${((performance.now() - this.#startedAt) / 1_000).toFixed(1).padStart(5)} s`;
  }

  #clear(): void {
    if (this.#out.isTTY) this.#out.write('\r\x1b[2K');
  }
}
