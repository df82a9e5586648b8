import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { isObject } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';

/** Where a socket goes, and whether it is encrypted. */
export interface SocketTarget {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly tls: ConnectionOptions | undefined;
  /** The address, for messages. */
  readonly label: string;
}

/** Where a server listens: `host` (default 'localhost') and `port`, or the `path` of a Unix socket. */
export type TcpEndpoint =
  | {
      /** Host name or IP address. @default 'localhost' */
      readonly host?: string | undefined;
      /** TCP port, 1 to 65535. */
      readonly port: number;
      readonly path?: undefined;
    }
  | {
      readonly host?: undefined;
      readonly port?: undefined;
      /** Path of a Unix socket. */
      readonly path: string;
    };

/** What `tls.connect` takes, but for the address. */
export type TlsOptions = Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket'>;

/**
 * Checks the address options and fills in their defaults.
 * @throws InvalidOptionError
 */
export function resolveTarget(options: {
  host?: unknown;
  port?: unknown;
  path?: unknown;
  tls?: unknown;
}): SocketTarget {
  const { host = 'localhost', port, path } = options;
  const tls = resolveTls(options.tls);
  if (path !== undefined) {
    if (typeof path !== 'string' || path === '')
      throw new InvalidOptionError('path', path, 'a non-empty string');
    for (const other of ['host', 'port'] as const) {
      if (options[other] !== undefined) {
        throw new InvalidOptionError(other, options[other], 'left out when path is given');
      }
    }
    return { address: { path }, tls, label: path };
  }
  if (typeof host !== 'string' || host === '')
    throw new InvalidOptionError('host', host, 'a non-empty string');
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new InvalidOptionError('port', port, 'an integer from 1 to 65535 (or give a path)');
  }
  return { address: { host, port }, tls, label: isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}` };
}

/** Options of `tls.connect` that would contradict the address. */
const ADDRESS_OPTIONS = ['host', 'port', 'path', 'socket'] as const;

function resolveTls(tls: unknown): ConnectionOptions | undefined {
  if (tls === undefined) return undefined;
  if (tls === true) return {};
  if (!isObject(tls)) {
    throw new InvalidOptionError('tls', tls, 'true, or an object of options for tls.connect');
  }
  for (const name of ADDRESS_OPTIONS) {
    const value = (tls as ConnectionOptions)[name];
    if (value !== undefined) {
      throw new InvalidOptionError(`tls.${name}`, value, 'left out: the address is given outside of tls');
    }
  }
  return tls;
}
