import {
  bulkhead,
  Cluster,
  hedge,
  type Limiter,
  type Middleware,
  MiddlewareError,
  rateLimit,
  recover,
  retry,
  timeout,
  trace,
} from 'connpool';
import { prometheus } from 'connpool/prometheus';
import type { Registry } from 'prom-client';
import { HttpError, WeatherClient } from './weather-client.js';

/** How long a server that failed is left alone. */
export const COOLDOWN_MS = 300;

/** A middleware of one's own is one function: this one refuses calls while the shop is closed. */
function openingHours(isOpen: () => boolean): Middleware {
  return (_call, next) => (isOpen() ? next() : Promise.reject(new MiddlewareError('closed for the night')));
}

/** An answer such as 404 says nothing against the server, and asking again would not change it. */
function isServersFault(error: unknown): boolean {
  return !(error instanceof HttpError && error.status < 500);
}

export interface WeatherClusterOptions {
  /** The servers, by id. The first is given twice the calls of the others. */
  readonly urls: Readonly<Record<string, string>>;
  readonly register: Registry;
  readonly isOpen: () => boolean;
  /** A limiter that several processes share; left out, each process has its own. */
  readonly limiter?: Limiter | undefined;
}

/** Shared clients behind every middleware there is. What is registered first is outermost. */
export function weatherCluster({ urls, register, isOpen, limiter }: WeatherClusterOptions) {
  const cluster = new Cluster<WeatherClient>({
    name: 'weather',
    balancer: 'smoothWeightedRoundRobin',
    breaker: { maxFails: 3, cooldownMs: COOLDOWN_MS },
    isFailure: isServersFault,
  });
  for (const [i, [id, url]] of Object.entries(urls).entries()) {
    cluster.addClient(new WeatherClient(url), { id, weight: i === 0 ? 2 : 1 });
  }
  return cluster
    .use(recover())
    .use(trace())
    .use(prometheus({ register }))
    .use(openingHours(isOpen))
    .use(rateLimit(limiter === undefined ? { perSecond: 2_000, timeoutMs: 1_000 } : { limiter }))
    .use(bulkhead({ maxConcurrent: 50, maxWaiting: 200 }))
    .use(timeout({ timeoutMs: 2_000 }))
    .use(
      retry({
        delayMs: 20,
        isRetryable: (error) => !(error instanceof MiddlewareError) && isServersFault(error),
      }),
    )
    .use(hedge({ delayMs: 60, isIdempotent: ['degrees'] }));
}
