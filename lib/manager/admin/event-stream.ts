import type { Context } from 'hono';
import { streamSSE } from 'hono/streaming';
import { EventFeed, type FeedSources } from './event-feed.js';

/** What a stream is fed with. */
export interface StreamSources extends FeedSources {
  /** Aborts when the server stops. */
  readonly signal: AbortSignal;
}

/** Server-sent events: what an {@link EventFeed} tells, until the reader leaves or the server stops. */
export function eventStream(c: Context, { signal, ...sources }: StreamSources): Response {
  // The answer to HEAD has no body, and so nobody would ever end it.
  if (c.req.method === 'HEAD') return c.body(null, 200, { 'content-type': 'text/event-stream' });
  const response = streamSSE(
    c,
    async (stream) => {
      const feed = new EventFeed(sources, (event, data) => stream.writeSSE({ event, data }));
      const end = () => feed.end();
      // Not AbortSignal.any(): the server's signal outlives many streams.
      signal.addEventListener('abort', end);
      stream.onAbort(end);
      if (signal.aborted) end();
      try {
        await feed.run();
      } finally {
        feed.end();
        signal.removeEventListener('abort', end);
      }
    },
    // A stream that fails ends; its reader asks anew.
    async () => {},
  );
  // Node knows what the reader understands: HTTP/1.0 knows no chunks, and not every reader keeps its connection.
  response.headers.delete('transfer-encoding');
  response.headers.delete('connection');
  return response;
}
