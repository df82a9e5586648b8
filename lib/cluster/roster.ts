import { InvalidOptionError } from '../pool/errors.js';
import type { ClusterNode } from './cluster-node.js';

/** The nodes of a cluster. It knows who is there; what coming and going means is decided elsewhere. */
export class Roster<TClient> {
  /** Warming and serving nodes, by id. A node that drains has left, so its id is free again. */
  readonly #members = new Map<string, ClusterNode<TClient>>();
  /** The members that serve, in the order they came; made anew when asked for after a change. */
  #serving: readonly ClusterNode<TClient>[] | undefined = [];
  #servingCount = 0;
  #healthyCount = 0;
  #version = 0;

  /** Goes up whenever what balancers know (who serves, weights) has changed. */
  get version(): number {
    return this.#version;
  }

  /** How many nodes take calls. */
  get servingCount(): number {
    return this.#servingCount;
  }

  /** How many of those are healthy. */
  get healthyCount(): number {
    return this.#healthyCount;
  }

  /** How many nodes are listed but take no calls yet. */
  get warmingCount(): number {
    return this.#members.size - this.#servingCount;
  }

  /** The nodes that take calls. */
  get serving(): readonly ClusterNode<TClient>[] {
    this.#serving ??= [...this.#members.values()].filter((node) => node.phase === 'serving');
    return this.#serving;
  }

  /** Warming and serving nodes. */
  get members(): Iterable<ClusterNode<TClient>> {
    return this.#members.values();
  }

  /** The node of that id, unless it has left. */
  get(id: string): ClusterNode<TClient> | undefined {
    return this.#members.get(id);
  }

  /** @throws InvalidOptionError when the id is taken */
  refuseTaken(id: string): void {
    if (this.#members.has(id)) {
      throw new InvalidOptionError('id', id, 'an id that no node of the cluster has');
    }
  }

  add(node: ClusterNode<TClient>): void {
    this.#members.set(node.id, node);
  }

  /** A warming node now takes calls. */
  serve(node: ClusterNode<TClient>): void {
    node.serve();
    this.#servingCount++;
    if (node.healthy) this.#healthyCount++;
    this.touch();
  }

  /** A member leaves and its id is free again. Its draining is up to the caller. */
  leave(node: ClusterNode<TClient>): void {
    this.#members.delete(node.id);
    if (node.phase !== 'serving') return;
    this.#servingCount--;
    if (node.healthy) this.#healthyCount--;
    this.touch();
  }

  /** The `healthy` of a node that takes calls has changed. */
  healthChanged(node: ClusterNode<TClient>): void {
    this.#healthyCount += node.healthy ? 1 : -1;
  }

  /** Balancers have something to learn. */
  touch(): void {
    this.#version++;
    this.#serving = undefined;
  }
}
