import type { Cluster } from '../../../lib/cluster/index.js';
import { within } from '../../support/wait-for.js';
import type { LineClient } from '../cluster/line-server.js';

/** Callers that send calls to a cluster until they are stopped. */
export class Traffic {
  /** Calls that went well. */
  good = 0;
  /** What the others failed with. */
  readonly failures: unknown[] = [];
  /** The names of the servers that have answered. */
  readonly answeredBy = new Set<string>();
  readonly #cluster: Cluster<LineClient>;
  readonly #callers: Promise<unknown>;
  #running = true;

  constructor(cluster: Cluster<LineClient>, callers: number) {
    this.#cluster = cluster;
    this.#callers = Promise.all(Array.from({ length: callers }, () => this.#call()));
  }

  async stop(): Promise<void> {
    this.#running = false;
    await within('the traffic to end', this.#callers);
  }

  async #call(): Promise<void> {
    while (this.#running) {
      try {
        const answer = await this.#cluster.do((client) => client.ask('hello'), { timeoutMs: 2_000 });
        this.answeredBy.add(answer.split(' ')[0]!);
        this.good++;
      } catch (error) {
        this.failures.push(error);
      }
      await new Promise(setImmediate);
    }
  }
}
