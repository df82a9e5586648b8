import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { type ArmedFault, type Direction, type Fault, type FaultPlace, NO_FAULT } from './fault.js';
import { type Ending, FaultLane } from './fault-lane.js';
import { resetSocket } from './reset-socket.js';

/** Where a {@link FaultProxy} passes its bytes on to. */
export type ProxyTarget = { readonly host?: string; readonly port: number } | { readonly path: string };

/** One client's connection and the one the proxy made for it. */
class ProxiedConnection {
  readonly lanes: Readonly<Record<Direction, FaultLane>>;
  readonly #client: Socket;
  readonly #server: Socket;

  constructor(client: Socket, server: Socket) {
    this.#client = client;
    this.#server = server;
    this.lanes = {
      toServer: new FaultLane(client, server, (ending) => this.#strike(ending, server)),
      toClient: new FaultLane(server, client, (ending) => this.#strike(ending, client)),
    };
    this.#passOnDeath(client, server, this.lanes.toServer);
    this.#passOnDeath(server, client, this.lanes.toClient);
  }

  close(): void {
    for (const lane of [this.lanes.toServer, this.lanes.toClient]) lane.close();
    for (const socket of [this.#client, this.#server]) socket.destroy();
  }

  /** A side that is gone takes the other one along, in its own manner, unless a fault hides it. */
  #passOnDeath(from: Socket, to: Socket, lane: FaultLane): void {
    // A side that was reset says so with an error; 'close' follows and tells whether there was one.
    from.on('error', () => {});
    from.on('close', (hadError) => {
      if (hadError && !lane.isSwallowing) reset(to);
    });
  }

  #strike(ending: Ending, destination: Socket): void {
    if (ending === 'halfClose') {
      destination.end();
      return;
    }
    for (const lane of [this.lanes.toServer, this.lanes.toClient]) lane.close();
    for (const socket of [this.#client, this.#server]) {
      if (ending === 'reset') reset(socket);
      else if (socket.writableLength > 0) socket.destroy();
      else socket.destroySoon();
    }
  }
}

/**
 * A TCP proxy that hurts what passes: put it between a client and a real server, then change its faults while
 * both talk. A fault strikes at once, or in the middle of a message with `afterBytes`:
 *
 *     proxy.set({ kind: 'blackhole' }, { connections: 'new' });               // the next dial meets a mute peer
 *     proxy.set({ kind: 'reset' }, { direction: 'toClient', afterBytes: 3 }); // dies inside the next answer
 *     proxy.heal();
 */
export class FaultProxy implements AsyncDisposable {
  /** How many connections were ever accepted. */
  accepted = 0;
  readonly #target: ProxyTarget;
  readonly #open = new Set<ProxiedConnection>();
  /** Bytes passed on by connections that are closed. */
  readonly #passedBefore: Record<Direction, number> = { toServer: 0, toClient: 0 };
  #server: Server;
  #port = 0;
  #forNew: Readonly<Record<Direction, ArmedFault>> = { toServer: NO_FAULT, toClient: NO_FAULT };

  private constructor(target: ProxyTarget) {
    this.#target = addressOf(target);
    this.#server = this.#makeServer();
  }

  /** Starts a proxy on a free port of 127.0.0.1. */
  static async start(target: ProxyTarget): Promise<FaultProxy> {
    const proxy = new FaultProxy(target);
    await proxy.up();
    return proxy;
  }

  readonly host = '127.0.0.1';

  /** The same after `down()` and `up()`. */
  get port(): number {
    return this.#port;
  }

  /** Connections open now. */
  get open(): number {
    return this.#open.size;
  }

  /** Bytes ever passed on in `direction`. */
  passed(direction: Direction): number {
    return [...this.#open].reduce(
      (sum, connection) => sum + connection.lanes[direction].passed,
      this.#passedBefore[direction],
    );
  }

  /** Makes `fault` strike. It replaces the fault set before, also one that was armed and did not strike yet. */
  set(fault: Fault, { direction, connections = 'all', afterBytes }: FaultPlace = {}): void {
    const armed = { fault, afterBytes };
    const directions: Direction[] = direction === undefined ? ['toServer', 'toClient'] : [direction];
    if (connections !== 'open') {
      this.#forNew = { ...this.#forNew, ...Object.fromEntries(directions.map((d) => [d, armed])) };
    }
    if (connections === 'new') return;
    for (const connection of [...this.#open]) {
      for (const d of directions) connection.lanes[d].set(armed);
    }
  }

  /** Lets everything pass again. What was swallowed is lost; what was held back passes now. */
  heal(): void {
    this.set(NO_FAULT.fault);
  }

  /** Stops listening: the next dial is refused. Open connections stay as they are. */
  async down(): Promise<void> {
    if (!this.#server.listening) return;
    const server = this.#server;
    this.#server = this.#makeServer();
    // 'close' would wait for the open connections; the port is free at once.
    server.close();
  }

  /** Listens again, on the port it had. */
  async up(): Promise<void> {
    this.#server.listen(this.#port, this.host);
    await once(this.#server, 'listening');
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  /** Closes everything. */
  async close(): Promise<void> {
    const server = this.#server;
    const closed = server.listening ? once(server, 'close') : undefined;
    server.close();
    for (const connection of this.#open) connection.close();
    await closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #forget(connection: ProxiedConnection): void {
    this.#open.delete(connection);
    for (const direction of ['toServer', 'toClient'] as const) {
      this.#passedBefore[direction] += connection.lanes[direction].passed;
    }
  }

  #makeServer(): Server {
    return createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client));
  }

  #accept(client: Socket): void {
    this.accepted += 1;
    const server = connect({ ...this.#target, allowHalfOpen: true, noDelay: true });
    const connection = new ProxiedConnection(client, server);
    this.#open.add(connection);
    let left = 2;
    for (const socket of [client, server]) {
      socket.once('close', () => {
        left -= 1;
        if (left === 0) this.#forget(connection);
      });
    }
    for (const direction of ['toServer', 'toClient'] as const) {
      connection.lanes[direction].set(this.#forNew[direction]);
    }
  }
}

/** A Unix socket knows no RST: its peer sees an end, or EPIPE. */
function reset(socket: Socket): void {
  if (socket.remoteFamily === undefined && !socket.connecting) socket.destroy();
  else resetSocket(socket);
}

/** A target may be a server object, whose port is a getter: no spread would copy it. */
function addressOf(target: ProxyTarget): ProxyTarget {
  return 'path' in target ? { path: target.path } : { host: target.host ?? '127.0.0.1', port: target.port };
}
