import type { Node } from '../../pool/node.js';
import type { Balancer, PickContext } from './balancer.js';
import { type DrawOptions, resolveRandom } from './balancer-options.js';
import { betterOfTwo } from './draw.js';
import { summableWeight } from './weights.js';

/**
 * Of two usable nodes drawn at random, the one with fewer calls in flight for its weight: the power of two
 * choices (Mitzenmacher 1996). Equally loaded ones are tossed for, with odds by weight, so that an idle cluster is
 * used in proportion to the weights and no node is preferred for its place in the list.
 * @throws InvalidOptionError
 */
export function leastLoaded(options: DrawOptions = {}): Balancer {
  return new LeastLoaded(resolveRandom(options));
}

class LeastLoaded implements Balancer {
  readonly #random: () => number;
  readonly #better: (a: number, b: number) => number;
  #nodes: readonly Node[] = [];

  constructor(random: () => number) {
    this.#random = random;
    this.#better = (a, b) => (isLessLoaded(this.#nodes[a]!, this.#nodes[b]!, random) ? a : b);
  }

  update(nodes: readonly Node[]): void {
    this.#nodes = nodes.slice();
  }

  pick({ tried }: PickContext): Node | undefined {
    return betterOfTwo(this.#nodes, tried, this.#random, this.#better);
  }
}

/** Whether `a` has fewer calls in flight for its weight than `b`; when they are equal a lot decides, by weight. */
export function isLessLoaded(a: Node, b: Node, random: () => number): boolean {
  const weightA = summableWeight(a);
  const weightB = summableWeight(b);
  const difference = a.inFlight * weightB - b.inFlight * weightA;
  return difference === 0 ? random() * (weightA + weightB) < weightA : difference < 0;
}
