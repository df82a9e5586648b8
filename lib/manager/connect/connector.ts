import type { Endpoint } from '../../pool/endpoint.js';
import type { PoolLimits } from '../../pool/options.js';
import type { TransportSource } from '../../pool/transport-source.js';
import type { ServiceConfig } from '../config/schema.js';
import type { TlsMaterial } from '../tls-files.js';

/** What a connector is made from. */
export interface ConnectorContext {
  readonly config: ServiceConfig;
  readonly tls: TlsMaterial | undefined;
  /** The generated client or service, when the user named one. */
  readonly client: unknown;
}

/** What a service's cluster has to know of its protocol. */
export interface Connector {
  /** Makes the pool of one endpoint. */
  connect(endpoint: Endpoint, limits: PoolLimits & { name: string }): TransportSource<unknown>;
  /** Asks the server behind a connection of the pool whether it works. Left out: a connection is taken and given back. */
  readonly ask?: ((client: unknown, bounds: AskBounds) => unknown) | undefined;
  /** Whether a call's error counts against its endpoint. Left out: every error does. */
  readonly isFailure?: ((error: unknown) => boolean) | undefined;
}

/** How long a server has to say that it works. */
export interface AskBounds {
  readonly signal: AbortSignal;
  readonly timeoutMs: number;
}

/** The limits of every pool of a service. */
export function limitsOf({ pool }: ServiceConfig): PoolLimits {
  return {
    minIdle: pool.initialSize,
    maxActive: pool.maxActive,
    maxIdle: pool.maxIdle,
    maxWaiting: pool.maxWaiting,
    waitTimeoutMs: pool.waitTimeout,
    dialTimeoutMs: pool.connectTimeout,
    dialRetryCount: pool.connectRetries,
    idleTimeoutMs: pool.idleTimeout,
    maxLifetimeMs: pool.maxConnectionAge,
    heartbeatIntervalMs: pool.heartbeatInterval,
  };
}
