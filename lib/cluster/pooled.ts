import { InvalidOptionError } from '../pool/errors.js';
import type { TransportSource } from '../pool/transport-source.js';
import { Cluster } from './cluster.js';
import { MISSING_METHOD } from './pooled-missing-method.js';

/** What {@link pooled} can borrow clients from: anything with a `do`, such as a pool, or at least a `get`. */
export type PooledSource<TClient> =
  | Pick<Cluster<TClient>, 'do'>
  | { do<R>(fn: (client: TClient) => R | PromiseLike<R>): Promise<Awaited<R>> }
  | TransportSource<TClient>;

/**
 * The type of a stand-in for a client: its methods, each of which gives a promise. Methods that give one anyway keep
 * their type, overloads and all; of another overloaded or generic method the last signature counts. Properties are
 * left out: there is no one client to read them from.
 */
export type Pooled<TClient> = {
  readonly [K in keyof TClient as PooledKey<TClient, K>]: TClient[K] extends Method
    ? [ReturnType<TClient[K]>] extends [never]
      ? (...args: Parameters<TClient[K]>) => Promise<never>
      : TClient[K] extends (...args: never[]) => PromiseLike<unknown>
        ? TClient[K]
        : (...args: Parameters<TClient[K]>) => Promise<Awaited<ReturnType<TClient[K]>>>
    : never;
};

// biome-ignore lint/suspicious/noExplicitAny: what any method is assignable to
type Method = (...args: any[]) => unknown;
type PooledKey<TClient, K extends keyof TClient> = TClient[K] extends Method
  ? Exclude<K, symbol | 'then' | 'toJSON'>
  : never;

type AnyMethod = (...args: unknown[]) => unknown;
interface Lender {
  do(fn: (client: object) => unknown): Promise<unknown>;
}
type Run = (fn: (client: object) => unknown, method: string) => Promise<unknown>;

/**
 * A stand-in for a client: each of its methods borrows a real client for that one call. Every string key but `then`
 * and `toJSON` is such a method (so the stand-in can be awaited and logged), and all of them return promises,
 * whatever the real one returns; one that the client does not have rejects with a `TypeError`, and the connection
 * stays. A cluster's middleware sees the method's name as `call.method`.
 *
 * @example
 * const echo = pooled(pool);
 * const answer = await echo.say('hello');
 * @throws InvalidOptionError for something that lends no clients
 */
export function pooled<TClient>(source: PooledSource<TClient>): Pooled<TClient> {
  const run = runnerOf(source);
  const methods = new Map<string, AnyMethod>();
  const handler: ProxyHandler<object> = {
    get(_target, key) {
      if (typeof key === 'symbol') return SYMBOLS.get(key);
      if (key === 'then' || key === 'toJSON') return undefined;
      let method = methods.get(key);
      if (method === undefined) {
        method = (...args) => callOnce(run, key, args);
        methods.set(key, method);
      }
      return method;
    },
    // A property would be set on one client of many.
    set: () => false,
  };
  return new Proxy(Object.create(null), handler) as Pooled<TClient>;
}

/** What a stand-in is in a text, beside a number and to `Object.prototype.toString`. */
const SYMBOLS: ReadonlyMap<symbol, unknown> = new Map<symbol, unknown>([
  [Symbol.toPrimitive, (hint: string) => (hint === 'number' ? Number.NaN : '[pooled client]')],
  [Symbol.toStringTag, 'PooledClient'],
]);

async function callOnce(run: Run, key: string, args: unknown[]): Promise<unknown> {
  const result = await run((client) => callMethod(client, key, args), key);
  if (result === MISSING_METHOD) throw new TypeError(`'${key}' is not a method of the pooled client`);
  return result;
}

function callMethod(client: object, key: string, args: unknown[]): unknown {
  const method = (client as Record<string, unknown>)[key];
  return typeof method === 'function' ? method.apply(client, args) : MISSING_METHOD;
}

function runnerOf<TClient>(source: PooledSource<TClient>): Run {
  if (source instanceof Cluster)
    return (fn, method) => source.do(fn as (client: unknown) => unknown, { method });
  const given = source as Partial<TransportSource<object> & Lender> | null | undefined;
  if (typeof given?.do === 'function') return (fn) => (given as Lender).do(fn);
  if (typeof given?.get !== 'function') {
    throw new InvalidOptionError('source', source, 'a pool, a cluster or another source of clients');
  }
  return (fn) => useOnce(given as TransportSource<object>, fn);
}

async function useOnce(source: TransportSource<object>, fn: (client: object) => unknown): Promise<unknown> {
  const transport = await source.get();
  const { client } = transport;
  try {
    const result = await fn(client);
    void transport.close();
    return result;
  } catch (error) {
    void transport.close(source.isBroken(error, client));
    throw error;
  }
}
