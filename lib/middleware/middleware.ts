import { ConnPoolError } from '../pool/errors.js';
import type { Node } from '../pool/node.js';

/**
 * One call on its way through a cluster. Every middleware sees its own view of it: what the inside learns (`node`,
 * `client`, `attempt`) shows on the outside at once, while a `signal` set here is seen by this middleware and by
 * the runs of `next()` it starts afterwards, and by nobody else.
 */
export interface Call<TClient = unknown> {
  /** The node this attempt goes to; changes when an attempt moves on to another one. */
  node: Node<TClient>;
  /** A shared client from the start, a pooled one once its connection is taken; undefined until then. */
  client: TClient | undefined;
  /** Gives the call up. What it is set to before `next()` is what the inside obeys. */
  signal?: AbortSignal | undefined;
  /** The method's name, where the caller gave one. */
  method?: string | undefined;
  /** What the caller wants the call to be known by in metrics and traces. */
  label?: string | undefined;
  /** 1 for the first attempt, 2 for the first retry or hedge, and so on. */
  attempt: number;
}

/**
 * Wraps every call of a cluster, in the manner of an onion: the one registered first is outermost. `next()` runs
 * the rest and never throws synchronously; it may be called again (a retry), also while an earlier run is still
 * under way (a hedge), and not at all (a refusal: reject with a {@link MiddlewareError}).
 *
 * @example
 * const timing: Middleware = async (call, next) => {
 *   const startedAt = performance.now();
 *   try {
 *     return await next();
 *   } finally {
 *     console.log(call.method, call.node.id, performance.now() - startedAt);
 *   }
 * };
 */
export type Middleware<TClient = unknown> = (
  call: Call<TClient>,
  next: () => Promise<unknown>,
) => Promise<unknown>;

/**
 * A middleware's own refusal, such as a rate limit: `ERR_MIDDLEWARE`. It says nothing about the node, so a breaker
 * counts it as neither failure nor success.
 */
export class MiddlewareError extends ConnPoolError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_MIDDLEWARE', message, options);
  }
}
