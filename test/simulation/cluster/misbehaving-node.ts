import { DialError } from '../../../lib/pool/errors.js';
import type { GetOptions } from '../../../lib/pool/options.js';
import type { SourceStats } from '../../../lib/pool/source-stats.js';
import type { Transport } from '../../../lib/pool/transport.js';
import type { TransportSource } from '../../../lib/pool/transport-source.js';
import { type Mood, SLOW_MS } from './cluster-steps.js';

/** What a simulated client knows. */
export interface SimClient {
  readonly node: MisbehavingNode;
}

/** What a node tells the simulation. */
export interface NodeWatcher {
  /** Gives whether a call asks; otherwise it is the cluster itself, to warm up or check the node. */
  onGet(node: MisbehavingNode, options: GetOptions | undefined): boolean;
  violation(what: string): void;
  /** Something was violated and the run ends: a call that asks on and on would not let it. */
  readonly isOver: boolean;
}

/** How a node behaves, by its id: it outlives the sources that are made for that id. */
export interface Moods {
  get: Mood;
  fn: Mood;
}

/** The source of one node, in whatever mood it is. */
export class MisbehavingNode implements TransportSource<SimClient> {
  lent = 0;
  /** Those among them that calls have. */
  lentToCalls = 0;
  closeCalls = 0;
  /** Set by the simulation when it takes the node away. */
  removed = false;
  /** Resolves what was never to be heard of again, at the end of a run. */
  readonly #stuck: (() => void)[] = [];

  constructor(
    readonly id: string,
    readonly moods: Moods,
    private readonly watcher: NodeWatcher,
  ) {}

  async get(options?: GetOptions): Promise<Transport<SimClient>> {
    const byCall = this.watcher.onGet(this, options);
    if (this.watcher.isOver) return new Promise(() => {});
    await this.pass(this.moods.get);
    return new SimTransport(this, byCall, this.watcher);
  }

  /** Behaves: resolves, rejects, takes time or hangs. */
  async pass(mood: Mood): Promise<void> {
    if (mood === 'fail') throw new DialError(this.id, 1, new Error('refused'));
    if (mood === 'slow') await new Promise<void>((resolve) => setTimeout(resolve, SLOW_MS));
    if (mood === 'never') await new Promise<void>((resolve) => this.#stuck.push(resolve));
  }

  /** Lets go of everything that hangs. */
  release(): void {
    for (const resolve of this.#stuck.splice(0)) resolve();
  }

  isBroken(): boolean {
    return true;
  }

  stats(): SourceStats {
    const state = this.closeCalls > 0 ? 'closed' : 'open';
    const counts = {
      open: this.lent,
      idle: 0,
      inUse: this.lent,
      checking: 0,
      dialing: 0,
      closing: 0,
      waiting: 0,
    };
    return { name: this.id, state, ...counts, maxActive: 10, maxIdle: 10 };
  }

  async close(options?: { timeoutMs?: number }): Promise<void> {
    this.closeCalls++;
    if (this.closeCalls > 1) this.watcher.violation(`source of ${this.id} closed ${this.closeCalls} times`);
    if (!this.removed) this.watcher.violation(`source of ${this.id} closed though it was not removed`);
    // A client that came at the moment its call was given up is on its way back.
    for (let i = 0; i < 5; i++) await Promise.resolve();
    if (this.lentToCalls > 0 && options?.timeoutMs === undefined) {
      this.watcher.violation(`source of ${this.id} closed under ${this.lentToCalls} calls`);
    }
  }
}

class SimTransport implements Transport<SimClient> {
  readonly client: SimClient;
  #held = true;

  constructor(
    private readonly node: MisbehavingNode,
    private readonly byCall: boolean,
    private readonly watcher: NodeWatcher,
  ) {
    this.client = { node };
    this.#count(1);
  }

  async close(): Promise<void> {
    if (!this.#held) this.watcher.violation(`a transport of ${this.node.id} was given back twice`);
    this.#held = false;
    this.#count(-1);
  }

  markBroken(): void {}

  detach(): SimClient {
    void this.close();
    return this.client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #count(by: 1 | -1): void {
    this.node.lent += by;
    if (this.byCall) this.node.lentToCalls += by;
  }
}
