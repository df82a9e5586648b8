import type { Endpoint } from '../pool/endpoint.js';
import { InvalidOptionError } from '../pool/errors.js';
import type { TransportSource } from '../pool/transport-source.js';
import type { EmitClusterEvent } from './cluster-events.js';
import type { ClusterHealth } from './cluster-health.js';
import { ClusterNode } from './cluster-node.js';
import type { ResolvedClusterOptions } from './cluster-options.js';
import type { Roster } from './roster.js';
import { warmUp } from './warm-up.js';

/** Brings nodes in and sees them out. */
export class Membership<TClient> {
  /** What dialing a node's first connections failed with last. */
  lastPrewarmError: unknown = undefined;
  readonly #options: ResolvedClusterOptions<TClient>;
  readonly #roster: Roster<TClient>;
  readonly #health: ClusterHealth<TClient>;
  readonly #emit: EmitClusterEvent<TClient>;
  /** Somebody came, became ready or left. */
  readonly changed: () => void;
  /** Ends the dialing of first connections, per warming node. */
  readonly #warming = new Map<ClusterNode<TClient>, AbortController>();
  /** Nodes that left but have not ended, and when they will have. */
  readonly #leaving = new Map<ClusterNode<TClient>, Promise<void>>();

  /** `onChange` is called whenever somebody came, became ready or left. */
  constructor(
    options: ResolvedClusterOptions<TClient>,
    roster: Roster<TClient>,
    health: ClusterHealth<TClient>,
    emit: EmitClusterEvent<TClient>,
    onChange: () => void,
  ) {
    this.#options = options;
    this.#roster = roster;
    this.#health = health;
    this.#emit = emit;
    this.changed = onChange;
  }

  /** Nodes that left but have not ended. */
  get leaving(): Iterable<ClusterNode<TClient>> {
    return this.#leaving.keys();
  }

  /** @throws InvalidOptionError when the id is taken, and what `connect` throws */
  addEndpoint(endpoint: Endpoint, origin: 'user' | 'discovery'): void {
    this.#roster.refuseTaken(endpoint.id);
    const { connect } = this.#options;
    if (connect === undefined) {
      throw new InvalidOptionError(
        'connect',
        undefined,
        'a function, because there are endpoints to connect to',
      );
    }
    this.add(endpoint, checkSource(connect(endpoint)), origin);
  }

  /** @throws InvalidOptionError when the id is taken */
  add(endpoint: Endpoint, source: TransportSource<TClient>, origin: 'user' | 'discovery'): void {
    this.#roster.refuseTaken(endpoint.id);
    const node = new ClusterNode(endpoint, source, origin, this.#health);
    this.#roster.add(node);
    const isReady = this.#options.prewarm === 0 || node.shared !== undefined;
    if (!isReady) void this.#warm(node);
    this.#emit('nodeAdded', node);
    if (isReady) this.#serve(node);
  }

  /** The node takes no new calls; resolves when it has ended. Unknown ids have ended already. */
  remove(id: string): Promise<void> {
    const node = this.#roster.get(id);
    if (node !== undefined) return this.leave(node);
    const leaving = [...this.#leaving].filter(([left]) => left.id === id).map(([, ended]) => ended);
    return Promise.all(leaving).then(() => {});
  }

  /** Everybody leaves; resolves when all have ended. */
  async removeAll(): Promise<void> {
    for (const node of [...this.#roster.members]) void this.leave(node);
    await Promise.all(this.#leaving.values());
  }

  /** Ends all draining at once. */
  cut(): void {
    for (const node of this.#leaving.keys()) node.cut();
  }

  /** A member takes no new calls from now on; resolves when it has ended. */
  leave(node: ClusterNode<TClient>): Promise<void> {
    this.#warming.get(node)?.abort();
    this.#roster.leave(node);
    const ended = this.#seeOut(node);
    this.#leaving.set(node, ended);
    this.#health.end(node);
    this.#emit('nodeRemoved', node);
    this.changed();
    return ended;
  }

  async #seeOut(node: ClusterNode<TClient>): Promise<void> {
    try {
      await node.drain();
    } catch (error) {
      this.#emit('closeError', node, error);
    }
    this.#leaving.delete(node);
    this.#emit('nodeClosed', node);
  }

  async #warm(node: ClusterNode<TClient>): Promise<void> {
    const controller = new AbortController();
    this.#warming.set(node, controller);
    await warmUp(node.source, this.#options.prewarm, controller.signal, (error) => {
      node.lastError = error;
      this.lastPrewarmError = error;
      this.#emit('prewarmError', node, error);
    });
    this.#warming.delete(node);
    this.#serve(node);
  }

  #serve(node: ClusterNode<TClient>): void {
    if (node.phase !== 'warming') return;
    this.#roster.serve(node);
    this.#health.begin(node);
    this.#emit('nodeReady', node);
    this.changed();
  }
}

const SOURCE_METHODS = ['get', 'isBroken', 'stats', 'close'] as const;

function checkSource<TClient>(source: TransportSource<TClient>): TransportSource<TClient> {
  const given = source as Partial<TransportSource<TClient>> | null | undefined;
  const missing = SOURCE_METHODS.filter((method) => typeof given?.[method] !== 'function');
  if (missing.length === 0) return source;
  throw new InvalidOptionError(
    'connect',
    source,
    `a function that gives a source of clients, such as a ConnPool; what it gave lacks ${missing.join(', ')}`,
  );
}
