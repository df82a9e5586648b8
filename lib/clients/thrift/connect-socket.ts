import { connect as connectPlain, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { describeError, InvalidOptionError } from '../../pool/errors.js';
import { ThriftConnectionError } from './thrift-errors.js';

/** Where a socket goes, and whether it is encrypted. */
export interface SocketTarget {
  readonly address: { readonly host: string; readonly port: number } | { readonly path: string };
  readonly tls: ConnectionOptions | undefined;
  /** The address, for messages. */
  readonly label: string;
}

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

function resolveTls(tls: unknown): ConnectionOptions | undefined {
  if (tls === undefined) return undefined;
  if (tls === true) return {};
  if (typeof tls === 'object' && tls !== null && !Array.isArray(tls)) return tls;
  throw new InvalidOptionError('tls', tls, 'true, or an object of options for tls.connect');
}

/**
 * Connects a socket; with TLS the handshake is done and the certificate verified when it resolves. An aborted
 * signal destroys the socket and rejects with the signal's reason.
 * @throws ThriftConnectionError (as a rejection) saying what failed, with the socket's error as cause
 */
export function connectSocket(target: SocketTarget, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = openSocket(target);
    const ready = target.tls === undefined ? 'connect' : 'secureConnect';
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off(ready, onReady).off('error', onError).off('close', onClose);
    };
    const fail = (error: unknown) => {
      settle();
      socket.on('error', () => {});
      socket.destroy();
      reject(error);
    };
    const onReady = () => {
      settle();
      resolve(socket.setNoDelay(true));
    };
    const onError = (cause: Error) => {
      const what = target.tls === undefined ? 'connecting' : 'connecting with TLS';
      fail(new ThriftConnectionError(`${what} to ${target.label} failed: ${reasonOf(cause)}`, { cause }));
    };
    const onClose = () => onError(new Error('the server closed the connection'));
    const onAbort = () => fail(signal.reason);
    socket.once(ready, onReady).once('error', onError).once('close', onClose);
    signal.addEventListener('abort', onAbort, { once: true });
  });
}

/** A name with several addresses fails with all their errors at once, and a message of none. */
function reasonOf(error: Error): string {
  return error instanceof AggregateError ? error.errors.map(describeError).join(', ') : describeError(error);
}

function openSocket({ address, tls }: SocketTarget): Socket {
  const options: NetConnectOpts = { ...address };
  if (tls === undefined) return connectPlain(options);
  return connectTls({ ...namedServer(address), ...tls, ...options });
}

/** The name a certificate is verified for, unless the user gives another. IP addresses take no SNI. */
function namedServer(address: SocketTarget['address']): ConnectionOptions {
  return 'host' in address && isIP(address.host) === 0 ? { servername: address.host } : {};
}
