import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createInterface, type Interface } from 'node:readline';
import { ConnPool, type ConnPoolOptions } from '../../../lib/pool/index.js';
import { resetSocket } from '../../support/reset-socket.js';

/** A real server that answers each line with its name and the line; `hang` as a line gets no answer. */
export class LineServer {
  readonly sockets = new Set<Socket>();
  /** Connections accepted since the start. */
  accepted = 0;
  /** Lines answered since the start. */
  answered = 0;
  #server: Server | undefined;
  #port = 0;

  constructor(readonly name: string) {}

  get port(): number {
    return this.#port;
  }

  /** Listens, on the port it had before if it had one. */
  async start(): Promise<this> {
    const server = createServer((socket) => this.#serve(socket));
    this.#server = server;
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    return this;
  }

  /** Dies: everything is reset. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    for (const socket of this.sockets) resetSocket(socket);
    server.close();
    await once(server, 'close');
  }

  #serve(socket: Socket): void {
    this.accepted++;
    this.sockets.add(socket);
    socket.on('error', () => {});
    socket.on('close', () => this.sockets.delete(socket));
    const lines = createInterface({ input: socket });
    // An interface passes the errors of its input on.
    lines.on('error', () => {});
    lines.on('line', (line) => {
      if (line === 'hang') return;
      this.answered++;
      socket.write(`${this.name} ${line}\n`);
    });
  }
}

interface Question {
  resolve(line: string): void;
  reject(error: Error): void;
}

/** A client that has one question under way at a time. */
export class LineClient {
  readonly #lines: Interface;
  #pending: Question | undefined;

  constructor(readonly socket: Socket) {
    this.#lines = createInterface({ input: socket });
    this.#lines.on('line', (line) => this.#settle((p) => p.resolve(line)));
    this.#lines.on('error', () => {});
    socket.on('error', (error) => this.#settle((p) => p.reject(error)));
    socket.on('close', () => this.#settle((p) => p.reject(new Error('connection closed'))));
  }

  ask(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error('connection closed'));
      this.#pending = { resolve, reject };
      this.socket.write(`${line}\n`);
    });
  }

  #settle(use: (pending: Question) => void): void {
    const pending = this.#pending;
    this.#pending = undefined;
    if (pending !== undefined) use(pending);
  }
}

/** A pool of connections to a port on this machine. */
export function linePool(
  port: number,
  limits: Partial<ConnPoolOptions<LineClient>> = {},
): ConnPool<LineClient> {
  return new ConnPool<LineClient>({
    dial: async ({ signal, markBroken }) => {
      const socket = connect({ host: '127.0.0.1', port });
      const giveUp = () => socket.destroy();
      signal.addEventListener('abort', giveUp);
      try {
        await once(socket, 'connect');
      } finally {
        signal.removeEventListener('abort', giveUp);
      }
      const client = new LineClient(socket);
      socket.on('close', () => markBroken());
      return client;
    },
    heartbeat: (client) => client.ask('ping'),
    close: ({ socket }) => {
      socket.destroy();
    },
    dialRetryCount: 0,
    ...limits,
  });
}
