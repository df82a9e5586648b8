import type { PoolStats } from '../../pool/stats.js';

/** A pool under test, and the call that is made through it. */
interface BenchPool {
  /** Makes one call through the pool. */
  call(): Promise<unknown>;
  /** Whether an error is an answer of the service, not a failure of the connection. */
  isAnswer(error: unknown): boolean;
  /** Dials until `count` connections are idle. */
  warmUp(count: number): Promise<void>;
  stats(): PoolStats;
  close(): Promise<void>;
}

/** What is put under load. */
export interface BenchTarget {
  /** What is called, in words: `Thrift Echo at 127.0.0.1:9090`. */
  readonly label: string;
  /** A pool of its own for each size. */
  pool(maxActive: number): BenchPool;
}

/** What every target is made from. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
  readonly tls: BenchTls | undefined;
  /** Longest a call may take, and longest it may wait for a connection, ms. */
  readonly timeoutMs: number;
}

/** TLS to the endpoint. */
interface BenchTls {
  /** Certificates to trust, PEM. */
  readonly ca: string | undefined;
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
}

/** The TLS of an endpoint as `tls.connect` takes it. */
export function socketTlsOf({ tls, host }: Endpoint) {
  if (tls === undefined) return undefined;
  return {
    servername: tls.serverName ?? host,
    rejectUnauthorized: !tls.skipVerify,
    ...(tls.ca === undefined ? {} : { ca: tls.ca }),
  };
}

/** An endpoint in words. */
export function addressOf({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
