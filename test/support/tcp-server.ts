import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { resetSocket } from './reset-socket.js';

/**
 * What a {@link TcpServer} does with the bytes it gets: sends them back, reads them and says nothing, or answers
 * with random ones.
 */
export type AnswerMode = 'echo' | 'mute' | 'garbage';

/** How a {@link TcpServer} is started. */
export interface TcpServerOptions {
  /** Path of the Unix socket to listen on. @default a free port of 127.0.0.1 */
  readonly path?: string;
  /** TLS, with what `tls.createServer` takes. @default plain */
  readonly tls?: TlsOptions;
  /** @default 'echo' */
  readonly mode?: AnswerMode;
  /** End connections that were silent for so long. @default never */
  readonly idleTimeoutMs?: number;
  /** Keep the own side open when a client has ended its side. @default false */
  readonly allowHalfOpen?: boolean;
  /** Port to listen on, to come back where another server was. @default a free one */
  readonly port?: number;
}

/** A real server whose behaviour can be changed while clients are connected. */
export class TcpServer implements AsyncDisposable {
  mode: AnswerMode;
  /** How many connections were ever accepted; with TLS also those whose handshake failed. */
  accepted = 0;
  /** Everything received, all connections together. */
  received = Buffer.alloc(0);
  readonly host = '127.0.0.1';
  readonly #server: Server;
  /** The connections as the kernel knows them. */
  readonly #raw = new Set<Socket>();
  /** The connections as far as they can be talked to: those of `#raw`, or TLS over them. */
  readonly #ready = new Set<Socket>();

  private constructor({ tls, mode = 'echo', idleTimeoutMs = 0, allowHalfOpen = false }: TcpServerOptions) {
    this.mode = mode;
    const serve = (socket: Socket) => {
      track(this.#ready, socket);
      socket.setTimeout(idleTimeoutMs, () => socket.end());
      socket.on('data', (chunk: Buffer) => this.#answer(socket, chunk));
    };
    const options = { allowHalfOpen, noDelay: true };
    this.#server =
      tls === undefined ? createServer(options, serve) : createTlsServer({ ...options, ...tls }, serve);
    this.#server.on('connection', (socket: Socket) => {
      this.accepted += 1;
      track(this.#raw, socket);
    });
    // Handshakes fail in tests, and their clients tell of it.
    this.#server.on('tlsClientError', () => {});
  }

  static async start(options: TcpServerOptions = {}): Promise<TcpServer> {
    const server = new TcpServer(options);
    const { path, port = 0 } = options;
    server.#server.listen(path === undefined ? { host: server.host, port } : { path });
    await once(server.#server, 'listening');
    return server;
  }

  /** The port it listens on. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Connections open now. */
  get open(): number {
    return this.#raw.size;
  }

  /** Connections open now that can be talked to: with TLS those that have shaken hands. */
  get ready(): number {
    return this.#ready.size;
  }

  /** Sends bytes nobody asked for, to everyone. */
  send(data: string | Buffer): void {
    for (const socket of this.#ready) socket.write(data);
  }

  /** Ends all connections with a FIN, behind what was sent. */
  end(): void {
    for (const socket of this.#ready) socket.end();
  }

  /** Ends all connections with a RST. */
  reset(): void {
    for (const socket of this.#raw) resetSocket(socket);
  }

  /** Reads no more: the clients' buffers fill. */
  stopReading(): void {
    for (const socket of this.#ready) socket.pause();
  }

  /** Stops listening and drops all connections. */
  async close(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of [...this.#ready, ...this.#raw]) socket.destroy();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #answer(socket: Socket, chunk: Buffer): void {
    this.received = Buffer.concat([this.received, chunk]);
    if (this.mode === 'echo') socket.write(chunk);
    else if (this.mode === 'garbage') socket.write(Buffer.from(chunk.map(() => Math.random() * 256)));
  }
}

function track(sockets: Set<Socket>, socket: Socket): void {
  sockets.add(socket);
  socket.on('error', () => {}); // whoever tears a connection down knows
  socket.once('close', () => sockets.delete(socket));
}
