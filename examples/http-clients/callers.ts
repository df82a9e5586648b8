import { type Cluster, MiddlewareError } from 'connpool';
import type { WeatherClient } from './weather-client.js';

const CALLERS = 20;

/** What became of some calls. */
export interface Tally {
  answered: number;
  /** By a middleware, before they reached a server. */
  refused: number;
  failed: number;
  slowestMs: number;
}

/** Twenty callers, each with one call at a time, `count` calls in all. */
export async function sendCalls(cluster: Cluster<WeatherClient>, count: number): Promise<Tally> {
  const tally: Tally = { answered: 0, refused: 0, failed: 0, slowestMs: 0 };
  let left = count;
  const caller = async () => {
    while (left-- > 0) await sendCall(cluster, tally);
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return tally;
}

async function sendCall(cluster: Cluster<WeatherClient>, tally: Tally): Promise<void> {
  const startedAt = performance.now();
  try {
    await cluster.do((client, { signal }) => client.degrees('Reykjavik', signal), { method: 'degrees' });
    tally.answered++;
  } catch (error) {
    if (error instanceof MiddlewareError) tally.refused++;
    else tally.failed++;
  }
  tally.slowestMs = Math.max(tally.slowestMs, performance.now() - startedAt);
}
