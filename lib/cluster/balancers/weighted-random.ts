import type { Node } from '../../pool/node.js';
import { AliasTable } from './alias-table.js';
import type { Balancer, PickContext } from './balancer.js';
import { type DrawOptions, resolveRandom } from './balancer-options.js';
import { drawLimit, isUsable } from './draw.js';
import { summableWeight, WeightSnapshot } from './weights.js';

/**
 * Any usable node with a chance in proportion to its weight.
 * @throws InvalidOptionError
 */
export function weightedRandom(options: DrawOptions = {}): Balancer {
  return new WeightedRandom(resolveRandom(options));
}

class WeightedRandom implements Balancer {
  readonly #random: () => number;
  #nodes: readonly Node[] = [];
  #snapshot = new WeightSnapshot([]);
  #table = new AliasTable([]);

  constructor(random: () => number) {
    this.#random = random;
  }

  update(nodes: readonly Node[]): void {
    this.#nodes = nodes.slice();
    this.#weigh();
  }

  pick({ tried }: PickContext): Node | undefined {
    if (this.#snapshot.isStale()) this.#weigh();
    for (let draws = drawLimit(this.#nodes.length); draws > 0; draws--) {
      const node = this.#nodes[this.#table.draw(this.#random())];
      if (isUsable(node, tried)) return node;
    }
    return this.#scan(tried);
  }

  #weigh(): void {
    this.#snapshot = new WeightSnapshot(this.#nodes);
    this.#table = new AliasTable(this.#snapshot.weights);
  }

  #scan(tried: ReadonlySet<Node>): Node | undefined {
    let chosen: Node | undefined;
    let total = 0;
    for (const node of this.#nodes) {
      if (!isUsable(node, tried)) continue;
      const weight = summableWeight(node);
      total += weight;
      if (chosen === undefined || this.#random() * total < weight) chosen = node;
    }
    return chosen;
  }
}
