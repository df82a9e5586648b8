import type { Cluster } from '../../../lib/cluster/index.js';
import { within } from '../../support/wait-for.js';
import type { LineClient } from '../cluster/line-server.js';

/** Calls that go on and on. */
export interface Load {
  /** Calls that were answered. */
  answered(): number;
  /** What the others failed with. */
  readonly failures: readonly unknown[];
  stop(): Promise<void>;
}

/** Sends calls to a cluster from so many workers at once until it is stopped. Nothing is retried. */
export function startLoad(cluster: Cluster<LineClient>, workers: number): Load {
  let running = true;
  let answered = 0;
  const failures: unknown[] = [];
  const work = async () => {
    while (running) {
      try {
        await cluster.do((client) => client.ask('hello'), { timeoutMs: 2_000 });
        answered++;
      } catch (error) {
        failures.push(error);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const ended = Promise.all(Array.from({ length: workers }, work));
  return {
    answered: () => answered,
    failures,
    stop: async () => {
      running = false;
      await within('the load to end', ended);
    },
  };
}
