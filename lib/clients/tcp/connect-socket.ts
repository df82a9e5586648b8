import { connect as connectPlain, isIP, type NetConnectOpts, type Socket } from 'node:net';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { describeError } from '../../pool/errors.js';
import type { SocketTarget } from './socket-target.js';
import { TcpConnectionError } from './tcp-connection-error.js';

/**
 * Connects a socket; with TLS the handshake is done and the certificate verified when it resolves. An aborted
 * signal destroys the socket and rejects with the signal's reason. An error of the socket never goes unheard,
 * whoever else listens: 'close' tells that there was one.
 * @throws TcpConnectionError (as a rejection) saying what failed, with the socket's error as cause
 */
export function connectSocket(target: SocketTarget, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const socket = openSocket(target);
    socket.on('error', () => {});
    const ready = target.tls === undefined ? 'connect' : 'secureConnect';
    const settle = () => {
      signal.removeEventListener('abort', onAbort);
      socket.off(ready, onReady).off('error', onError).off('close', onClose);
    };
    const fail = (error: unknown) => {
      settle();
      socket.destroy();
      reject(error);
    };
    const onReady = () => {
      settle();
      resolve(socket);
    };
    const onError = (cause: Error) => {
      const what = target.tls === undefined ? 'connecting' : 'connecting with TLS';
      fail(new TcpConnectionError(`${what} to ${target.label} failed: ${reasonOf(cause)}`, cause));
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
