import type { Node } from '../pool/node.js';

/** Attempts a node loses in a row before it is suspected of not answering at all. */
const SUSPECT_AFTER = 3;

interface Suspicion {
  losses: number;
  /** Whether an attempt at the node has lost and runs on. */
  isWatched: boolean;
}

/**
 * Tells nodes that are merely slower from those that do not answer. An attempt that is given up when it lost says
 * neither, so once a node has lost several in a row, one at a time runs on.
 */
export class LostAttempts {
  readonly #suspicions = new WeakMap<Node, Suspicion>();

  /** The node has answered, be it with an error. */
  answered(node: Node): void {
    this.#suspicions.delete(node);
  }

  /**
   * An attempt at the node has lost.
   * @returns whether it should run on; then `watched` must follow
   */
  lost(node: Node): boolean {
    const suspicion = this.#suspicions.get(node);
    if (suspicion === undefined) {
      this.#suspicions.set(node, { losses: 1, isWatched: false });
      return false;
    }
    if (suspicion.losses < SUSPECT_AFTER) {
      suspicion.losses++;
      return false;
    }
    if (suspicion.isWatched) return false;
    suspicion.isWatched = true;
    return true;
  }

  /** The attempt that ran on has ended. */
  watched(node: Node): void {
    const suspicion = this.#suspicions.get(node);
    if (suspicion !== undefined) suspicion.isWatched = false;
  }
}
