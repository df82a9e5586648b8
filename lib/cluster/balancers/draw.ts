import type { Node } from '../../pool/node.js';

/** Whether a call that has been to `tried` may go to this node. */
export function isUsable(node: Node | undefined, tried: ReadonlySet<Node>): node is Node {
  return node?.available === true && (tried.size === 0 || !tried.has(node));
}

/**
 * How often to draw before looking at every node. A lot that hits an unusable node is drawn again, which keeps
 * the odds among the usable ones as they are. Among 10,000 nodes of which one in a hundred is usable, that
 * succeeds practically always and looks at a hundred nodes; only with fewer is it worth looking at all.
 */
export function drawLimit(nodeCount: number): number {
  return nodeCount < 8 ? 2 * nodeCount : 16 + (nodeCount >>> 4);
}

/**
 * Two different usable nodes at random, the better of which is given: the power of two choices (Mitzenmacher).
 * @param better gives the better one of two node numbers
 */
export function betterOfTwo(
  nodes: readonly Node[],
  tried: ReadonlySet<Node>,
  random: () => number,
  better: (a: number, b: number) => number,
): Node | undefined {
  let first = -1;
  for (let draws = drawLimit(nodes.length); draws > 0; draws--) {
    const drawn = Math.floor(random() * nodes.length);
    if (drawn === first || !isUsable(nodes[drawn], tried)) continue;
    if (first >= 0) return nodes[better(first, drawn)];
    first = drawn;
  }
  return betterOfTwoByScan(nodes, tried, random, better);
}

/** The same from one look at every node: a reservoir sample of two. */
function betterOfTwoByScan(
  nodes: readonly Node[],
  tried: ReadonlySet<Node>,
  random: () => number,
  better: (a: number, b: number) => number,
): Node | undefined {
  let first = -1;
  let second = -1;
  let seen = 0;
  for (let i = 0; i < nodes.length; i++) {
    if (!isUsable(nodes[i], tried)) continue;
    const place = Math.floor(random() * ++seen);
    if (seen === 1) first = i;
    else if (seen === 2) second = i;
    else if (place === 0) first = i;
    else if (place === 1) second = i;
  }
  return nodes[second < 0 ? first : better(first, second)];
}
