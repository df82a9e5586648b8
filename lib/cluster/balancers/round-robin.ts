import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { isUsable } from './draw.js';
import { resumeAt } from './resume-at.js';
import { SeparateTurns } from './separate-turns.js';

/**
 * Each node in turn, whatever its weight.
 *
 * An unavailable node is passed over and the turn goes on from the node that was picked instead, so every
 * available node is picked once per round and the neighbour of a dead node gets no more than the others. Calls that
 * have been elsewhere take their turns in a round of their own, which moves no other call's. After a change of the
 * list the walk goes on with the node whose turn it was.
 */
export function roundRobin(): Balancer {
  return new SeparateTurns(() => new RoundRobin());
}

class RoundRobin implements Balancer {
  #nodes: readonly Node[] = [];
  #next = 0;

  update(nodes: readonly Node[]): void {
    const ahead = resumeAt(this.#nodes, this.#next, nodes);
    this.#next = ahead >= 0 ? ahead : Math.max(0, resumeAt(this.#nodes, 0, nodes));
    this.#nodes = nodes.slice();
  }

  pick({ tried }: PickContext): Node | undefined {
    const nodes = this.#nodes;
    let at = this.#next;
    for (let steps = nodes.length; steps > 0; steps--) {
      const node = nodes[at];
      at = at + 1 === nodes.length ? 0 : at + 1;
      if (isUsable(node, tried)) {
        this.#next = at;
        return node;
      }
    }
    return undefined;
  }
}
