import type { Cluster } from 'connpool';
import type { EchoClient } from './echo-cluster.js';

/** One call in this many to the flaky server is cut by it. */
const FLAKY_ONE_IN = 20;

export interface LoadOptions {
  readonly callers: number;
  /** The server that cuts connections now and then. */
  readonly flakyNode: string;
}

/** Callers that echo as fast as they can, and the books of it. */
export class Load {
  started = 0;
  results = 0;
  readonly errors = new Map<string, number>();
  #stopped = false;

  constructor(
    private readonly cluster: Cluster<EchoClient>,
    private readonly options: LoadOptions,
  ) {}

  get errorCount(): number {
    return [...this.errors.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Calls that ended in neither a result nor an error. */
  get lost(): number {
    return this.started - this.results - this.errorCount;
  }

  line(): string {
    const nodes = this.cluster
      .stats()
      .nodes.map(({ id, state, inFlight }) => `${id} ${state} (${inFlight} in flight)`);
    return `${this.started} calls: ${this.results} results, ${this.errorCount} errors; ${nodes.join(', ')}`;
  }

  /** Resolves when the last call after `stop` has ended. */
  async run(): Promise<void> {
    const caller = async () => {
      while (!this.#stopped) await this.#call();
    };
    await Promise.all(Array.from({ length: this.options.callers }, caller));
  }

  stop(): void {
    this.#stopped = true;
  }

  async #call(): Promise<void> {
    const number = ++this.started;
    try {
      const answer = await this.cluster.do(
        (client, { node }) => {
          const cut = node.id === this.options.flakyNode && number % FLAKY_ONE_IN === 0;
          return client.Echo(cut ? `hang up: ${number}` : `hello ${number}`);
        },
        { method: 'Echo', timeoutMs: 1_000 },
      );
      if (answer !== `hello ${number}`) throw new Error(`wrong answer: '${answer}'`);
      this.results++;
    } catch (error) {
      const kind = error instanceof Error ? error.name : String(error);
      this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
    }
  }
}
