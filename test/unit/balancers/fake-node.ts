import type { Balancer, PickContext } from '../../../lib/cluster/balancers/index.js';
import type { Endpoint } from '../../../lib/pool/endpoint.js';
import type { Node } from '../../../lib/pool/node.js';

/** A node whose every field a test may write, and that counts how often `available` is read. */
export class FakeNode implements Node {
  readonly endpoint: Endpoint;
  inFlight = 0;
  up = true;
  looks = 0;

  constructor(
    readonly id: string,
    public weight = 1,
  ) {
    this.endpoint = { id, weight };
  }

  get available(): boolean {
    this.looks++;
    return this.up;
  }
}

/** Nodes named a, b, c... with these weights. */
export function nodesOf(...weights: number[]): FakeNode[] {
  return weights.map((weight, i) => new FakeNode(String.fromCharCode(97 + i), weight));
}

/** So many nodes named node-0, node-1... */
export function manyNodes(count: number, weight: (i: number) => number = () => 1): FakeNode[] {
  return Array.from({ length: count }, (_, i) => new FakeNode(`node-${i}`, weight(i)));
}

/** A context of a call that has been nowhere yet. */
export const fresh: PickContext = { tried: new Set() };

/** A balancer that knows these nodes. */
export function withNodes<B extends Balancer>(balancer: B, nodes: readonly Node[]): B {
  balancer.update(nodes);
  return balancer;
}

/** The ids of the next picks. */
export function picks(balancer: Balancer, count: number, ctx: PickContext = fresh): string[] {
  return Array.from({ length: count }, () => balancer.pick(ctx)?.id ?? '-');
}

/** How often each of the nodes is among the next picks. */
export function countPicks(balancer: Balancer, nodes: readonly Node[], count: number): number[] {
  const counts = new Map<string, number>(nodes.map(({ id }) => [id, 0]));
  for (const id of picks(balancer, count)) counts.set(id, (counts.get(id) ?? 0) + 1);
  return [...counts.values()];
}
