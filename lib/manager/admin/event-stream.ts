import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { pause } from '../../discovery/retry-pause.js';
import type { RecentEvents } from './recent-events.js';
import type { StatsReport } from './reports.js';

/** How often a snapshot is sent, ms. */
const SNAPSHOT_MS = 1_000;
/** A reader that has not taken so many events gets no more until it has. */
const MOST_PENDING = 100;

/** What a stream is fed with. */
export interface StreamSources {
  readonly events: RecentEvents;
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
  stats(): Promise<StatsReport>;
  config(): unknown;
}

/**
 * Server-sent events: the `recent` events once, `config` at first and when it has changed, `snapshot` once a second
 * and `event` as they come. Whoever does not keep up gets no second snapshot before the first is taken.
 */
export function eventStream(c: Context, { events, signal, stats, config }: StreamSources): Response {
  return streamSSE(
    c,
    async (stream) => {
      let pending = 0;
      const send = async (event: string, data: string) => {
        pending++;
        await stream.writeSSE({ event, data });
        pending--;
      };
      let lastConfig: string | undefined;
      const sendConfig = async () => {
        const text = JSON.stringify(config() ?? {});
        if (text === lastConfig) return;
        lastConfig = text;
        await send('config', text);
      };
      // Not AbortSignal.any(): the server's signal outlives many streams.
      const over = new AbortController();
      const end = () => over.abort();
      stream.onAbort(end);
      signal.addEventListener('abort', end);
      if (signal.aborted) end();
      await sendConfig();
      await send('recent', JSON.stringify(events.all));
      const stopListening = events.listen((event) => {
        if (pending < MOST_PENDING) void send('event', JSON.stringify(event));
      });
      try {
        while (!over.signal.aborted) {
          await sendConfig();
          await send('snapshot', JSON.stringify(await stats()));
          await pause(SNAPSHOT_MS, over.signal);
        }
      } finally {
        stopListening();
        signal.removeEventListener('abort', end);
      }
    },
    // A stream that fails ends; its reader asks anew.
    async () => {},
  );
}
