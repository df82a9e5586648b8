import type { Cluster } from 'connpool';
import type EchoService from '../thrift/gen-nodejs/EchoService.js';

export type EchoClient = InstanceType<typeof EchoService.Client>;

/** Callers that echo as fast as they can until they are stopped, and the books of it. */
export class Load {
  started = 0;
  results = 0;
  readonly errors = new Map<string, number>();
  /** Results by the id of the node that gave them. */
  readonly byNode = new Map<string, number>();
  #isRunning = true;
  readonly #callers: Promise<unknown>;

  constructor(
    private readonly cluster: Cluster<EchoClient>,
    callers: number,
  ) {
    this.#callers = Promise.all(Array.from({ length: callers }, () => this.#keepCalling()));
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#callers;
  }

  async #keepCalling(): Promise<void> {
    while (this.#isRunning) await this.#call();
  }

  async #call(): Promise<void> {
    const message = `hello ${++this.started}`;
    try {
      let id = '';
      const answer = await this.cluster.do((client, { node }) => {
        id = node.id;
        return client.Echo(message);
      });
      if (answer !== message) throw new Error(`wrong answer: '${answer}'`);
      this.results++;
      this.byNode.set(id, (this.byNode.get(id) ?? 0) + 1);
    } catch (error) {
      const kind = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      this.errors.set(kind, (this.errors.get(kind) ?? 0) + 1);
    }
  }
}
