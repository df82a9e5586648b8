import { InvalidOptionError } from '../pool/errors.js';
import type { TransportSource } from '../pool/transport-source.js';
import { Cluster } from './cluster.js';

/** What {@link pooled} can borrow clients from: anything with a `do`, such as a pool, or at least a `get`. */
export type PooledSource<TClient> =
  | Pick<Cluster<TClient>, 'do'>
  | { do<R>(fn: (client: TClient) => R | PromiseLike<R>): Promise<Awaited<R>> }
  | TransportSource<TClient>;

type AnyMethod = (...args: unknown[]) => unknown;
interface Lender {
  do(fn: (client: object) => unknown): Promise<unknown>;
}
type Run = (fn: (client: object) => unknown, method: string) => Promise<unknown>;

/**
 * A stand-in for a client: each of its methods borrows a real client for that one call. Every string key but `then`
 * and `toJSON` is such a method (so the stand-in can be awaited and logged), and all of them return promises,
 * whatever the real one returns. A cluster's middleware sees the method's name as `call.method`.
 *
 * @example
 * const echo = pooled(pool);
 * const answer = await echo.say('hello');
 * @throws InvalidOptionError for something that lends no clients
 */
export function pooled<TClient>(source: PooledSource<TClient>): TClient {
  const run = runnerOf(source);
  const methods = new Map<string, AnyMethod>();
  const handler: ProxyHandler<object> = {
    get(_target, key) {
      if (typeof key === 'symbol' || key === 'then' || key === 'toJSON') return undefined;
      let method = methods.get(key);
      if (method === undefined) {
        method = (...args) => run((client) => callMethod(client, key, args), key);
        methods.set(key, method);
      }
      return method;
    },
    // A property would be set on one client of many.
    set: () => false,
  };
  return new Proxy(Object.create(null), handler) as TClient;
}

function callMethod(client: object, key: string, args: unknown[]): unknown {
  const method = (client as Record<string, unknown>)[key];
  if (typeof method !== 'function') throw new TypeError(`'${key}' is not a method of the pooled client`);
  return method.apply(client, args);
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
