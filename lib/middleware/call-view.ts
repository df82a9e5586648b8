import type { Node } from '../pool/node.js';
import type { Call } from './middleware.js';

/**
 * What one run of `next()` sees of a call. Two runs may be under way at once, each with its own signal, node and
 * client; what a run learns is written through to the views around it, where the latest word wins.
 */
export class CallView<TClient> implements Call<TClient> {
  signal: AbortSignal | undefined;
  method: string | undefined;
  label: string | undefined;
  readonly #outer: Call<TClient>;
  #node: Node<TClient>;
  #client: TClient | undefined;
  #attempt: number;

  constructor(outer: Call<TClient>) {
    this.#outer = outer;
    this.signal = outer.signal;
    this.method = outer.method;
    this.label = outer.label;
    this.#node = outer.node;
    this.#client = outer.client;
    this.#attempt = outer.attempt;
  }

  get node(): Node<TClient> {
    return this.#node;
  }

  set node(node: Node<TClient>) {
    this.#node = node;
    this.#outer.node = node;
  }

  get client(): TClient | undefined {
    return this.#client;
  }

  set client(client: TClient | undefined) {
    this.#client = client;
    this.#outer.client = client;
  }

  get attempt(): number {
    return this.#attempt;
  }

  set attempt(attempt: number) {
    this.#attempt = attempt;
    this.#outer.attempt = attempt;
  }
}
