import type { Server, Socket } from 'node:net';
import thrift from 'thrift';
import EchoService from './gen-nodejs/EchoService.js';
import { EchoError } from './gen-nodejs/echo_types.js';

export const transports = { buffered: thrift.TBufferedTransport, framed: thrift.TFramedTransport };
export const protocols = {
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
  json: thrift.TJSONProtocol,
};

export interface EchoServerOptions {
  host?: string;
  /** 0 = any free port. */
  port?: number;
  /** A Unix socket instead of host and port. */
  path?: string;
  transport?: keyof typeof transports;
  protocol?: keyof typeof protocols;
  tls?: { cert: Buffer | string; key: Buffer | string };
  /** How long Echo takes to answer. */
  delayMs?: number;
}

export interface EchoServer {
  /** The port, or the path of the Unix socket. */
  readonly address: number | string;
  /** Connections open now. */
  readonly connections: number;
  /** Takes no more calls, answers those under way, then closes every connection. */
  close(): Promise<void>;
}

/**
 * Starts the echo service. What Echo does depends on how the message begins:
 *   `refuse:`   throws EchoError, the exception declared in echo.thrift
 *   `fail:`     throws something undeclared, which reaches the caller as a TApplicationException
 *   `hang up:`  cuts the connection the call came on
 *   `mute:`     never answers
 *   otherwise   gives the message back, after delayMs
 */
export async function startEchoServer(options: EchoServerOptions = {}): Promise<EchoServer> {
  const sockets = new Set<Socket>();
  const calls = new Set<Promise<unknown>>();
  // A call is handled while its socket's data is read, so the socket read last is the one the call came on.
  let socketBeingRead: Socket | undefined;

  const track = <T>(call: Promise<T>): Promise<T> => {
    const ended = call.catch(() => {}).finally(() => calls.delete(ended));
    calls.add(ended);
    return call;
  };
  const handler = {
    Ping: async () => {},
    Echo: (message: string) => {
      if (message.startsWith('hang up:')) socketBeingRead?.resetAndDestroy();
      if (/^(hang up|mute):/.test(message)) return new Promise<string>(() => {});
      return track(echo(message, options.delayMs ?? 0));
    },
  };

  const server = thrift.createServer(EchoService.Processor as never, handler, {
    transport: transports[options.transport ?? 'buffered'],
    protocol: protocols[options.protocol ?? 'binary'],
    tls: options.tls,
  }) as unknown as Server;
  server.on('error', () => {}); // thrift reports every lost connection here; none of them concerns the others
  server.prependListener(options.tls === undefined ? 'connection' : 'secureConnection', (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', () => {
      socketBeingRead = socket;
    });
  });

  const close = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    await Promise.all(calls);
    for (const socket of sockets) socket.destroySoon();
    await closed;
  };
  await listen(server, options);
  const address = server.address();
  return {
    address: typeof address === 'object' && address !== null ? address.port : String(address),
    get connections() {
      return sockets.size;
    },
    close,
  };
}

function listen(server: Server, { path, port = 0, host = '127.0.0.1' }: EchoServerOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(path === undefined ? { port, host } : { path }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function echo(message: string, delayMs: number): Promise<string> {
  if (message.startsWith('refuse:')) throw new EchoError({ reason: 'asked to refuse', message });
  if (message.startsWith('fail:')) throw new Error('asked to fail');
  if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs));
  return message;
}
