/** A pool reduced to what is measured. `Lent` is what its `get` gives. */
export interface Contender<Lent = object> {
  get(): Promise<Lent>;
  /** The client in what was lent: whoever borrows a connection uses it. */
  client(lent: Lent): Client;
  /** Gives back. Nobody awaits it: no pool needs that for its accounting. */
  put(lent: Lent): void;
  /** Gives back a connection that is broken. */
  destroy?(lent: Lent): void;
  /** A `get` that an abort of the signal ends. */
  getWith?(signal: AbortSignal): Promise<Lent>;
}

export interface Client {
  readonly id: number;
  broken: boolean;
}

export interface Setup {
  /** Connections. */
  readonly max: number;
  /** Longest that a `get` may take, ms. @default each pool's own default */
  readonly timeoutMs?: number;
}

let made = 0;
export const makeClient = (): Client => ({ id: ++made, broken: false });
/** Dials nothing: what is measured is the pool's own part. */
export const create = async (): Promise<Client> => makeClient();
export const destroy = async (): Promise<void> => {};
