import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';

/**
 * Two sequences over the same nodes: one for calls that come fresh, one for calls that have been to a node (retries,
 * hedges, nodes that gave no connection). In one sequence for all, a call that asks again would take the turn of the
 * next call: with two nodes of which one fails, every call would come to the failing one first.
 */
export class SeparateTurns implements Balancer {
  #nodes: readonly Node[] = [];
  readonly #make: () => Balancer;
  readonly #fresh: Balancer;
  /** Made for the first call that asks again. */
  #again: Balancer | undefined;

  /** @param make makes one sequence; it strikes out the turns of unavailable and tried nodes */
  constructor(make: () => Balancer) {
    this.#make = make;
    this.#fresh = make();
  }

  update(nodes: readonly Node[]): void {
    this.#nodes = nodes.slice();
    this.#fresh.update(nodes);
    this.#again?.update(nodes);
  }

  pick(ctx: PickContext): Node | undefined {
    return ctx.tried.size === 0 ? this.#fresh.pick(ctx) : this.#sequenceAgain().pick(ctx);
  }

  #sequenceAgain(): Balancer {
    if (this.#again === undefined) {
      this.#again = this.#make();
      this.#again.update(this.#nodes);
    }
    return this.#again;
  }
}
