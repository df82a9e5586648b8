import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { type DrawOptions, resolveRandom } from './balancer-options.js';
import { drawLimit, isUsable } from './draw.js';

/**
 * Any usable node with the same chance, whatever its weight.
 * @throws InvalidOptionError
 */
export function random(options: DrawOptions = {}): Balancer {
  return new Random(resolveRandom(options));
}

class Random implements Balancer {
  readonly #random: () => number;
  #nodes: readonly Node[] = [];

  constructor(draw: () => number) {
    this.#random = draw;
  }

  update(nodes: readonly Node[]): void {
    this.#nodes = nodes.slice();
  }

  pick({ tried }: PickContext): Node | undefined {
    const nodes = this.#nodes;
    for (let draws = drawLimit(nodes.length); draws > 0; draws--) {
      const node = nodes[Math.floor(this.#random() * nodes.length)];
      if (isUsable(node, tried)) return node;
    }
    return this.#scan(tried);
  }

  #scan(tried: ReadonlySet<Node>): Node | undefined {
    let chosen: Node | undefined;
    let seen = 0;
    for (const node of this.#nodes) {
      if (isUsable(node, tried) && this.#random() * ++seen < 1) chosen = node;
    }
    return chosen;
  }
}
