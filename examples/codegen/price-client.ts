/** What a server asks for a thing. */
export interface Price {
  readonly server: string;
  readonly cents: number;
}

/** A client as a service's authors would write it: it knows one server, and nothing of pools. */
export class PriceClient {
  readonly #server: string;

  constructor(server: string) {
    this.#server = server;
  }

  /** The price of one thing. */
  async priceOf(thing: string, signal?: AbortSignal): Promise<Price> {
    signal?.throwIfAborted();
    return { server: this.#server, cents: thing.length * 100 };
  }

  /** The prices of many things, one after the other. */
  async *pricesOf(things: readonly string[]): AsyncGenerator<Price> {
    for (const thing of things) yield await this.priceOf(thing);
  }

  /** In another currency. */
  convert(price: Price, rate = 1): Price {
    return { ...price, cents: Math.round(price.cents * rate) };
  }
}
