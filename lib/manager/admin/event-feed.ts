import { pause } from '../../discovery/retry-pause.js';
import type { RecentEvents } from './recent-events.js';
import type { StatsReport } from './reports.js';

/** How often a snapshot is sent while nothing happens, ms. */
const SNAPSHOT_MS = 1_000;
/** Least time between two snapshots, ms: however much happens, one tells of all of it. */
const LEAST_PAUSE_MS = 200;
/** A reader that has not taken so many events gets no more until it has. */
const MOST_PENDING = 100;

/** What a reader of events is told of. */
export interface FeedSources {
  readonly events: RecentEvents;
  stats(): Promise<StatsReport>;
  config(): unknown;
}

/**
 * What one reader is told: the `recent` events once, `config` at first and when it has changed, `event` as they come,
 * and `snapshot` once a second and soon after an event. Whoever does not keep up gets no second snapshot before the
 * first is taken.
 */
export class EventFeed {
  readonly #sources: FeedSources;
  readonly #write: (event: string, data: string) => Promise<unknown>;
  readonly #over = new AbortController();
  /** Aborts when something happens that the last snapshot does not tell. */
  #news = new AbortController();
  #pending = 0;
  #lastConfig: string | undefined;

  /** `write` resolves when the reader has taken the message, or never will. */
  constructor(sources: FeedSources, write: (event: string, data: string) => Promise<unknown>) {
    this.#sources = sources;
    this.#write = write;
  }

  /** Tells the reader until the end. */
  async run(): Promise<void> {
    const { events, stats } = this.#sources;
    const { signal } = this.#over;
    // What happens from here on is not among the recent ones: not a word may be awaited before it is listened for.
    const first = [this.#sendConfig(), this.#send('recent', JSON.stringify(events.all))];
    const stopListening = events.listen((event) => {
      this.#news.abort();
      if (this.#pending < MOST_PENDING) void this.#send('event', JSON.stringify(event));
    });
    signal.addEventListener('abort', stopListening);
    await Promise.all(first);
    while (!signal.aborted) {
      const news = new AbortController();
      this.#news = news;
      await this.#sendConfig();
      await this.#send('snapshot', JSON.stringify(await stats()));
      await pause(LEAST_PAUSE_MS, signal);
      await pause(SNAPSHOT_MS - LEAST_PAUSE_MS, news.signal);
    }
  }

  /** The reader is told no more. */
  end(): void {
    this.#over.abort();
    this.#news.abort();
  }

  async #sendConfig(): Promise<void> {
    const text = JSON.stringify(this.#sources.config() ?? {});
    if (text === this.#lastConfig) return;
    this.#lastConfig = text;
    await this.#send('config', text);
  }

  async #send(event: string, data: string): Promise<void> {
    this.#pending++;
    await this.#write(event, data);
    this.#pending--;
  }
}
