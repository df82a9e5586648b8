import { Socket } from 'node:net';

/** Notes every socket that this process connects, to see later which of them are open yet. */
export class ClientSockets implements Disposable {
  readonly #byPort = new Map<number, Socket[]>();
  readonly #connect = Socket.prototype.connect;

  constructor() {
    const { note, connect } = { note: this.#note.bind(this), connect: this.#connect };
    Socket.prototype.connect = function (this: Socket, ...args: unknown[]) {
      note(this, args);
      return Reflect.apply(connect, this, args);
    } as typeof connect;
  }

  /** How many of the sockets that were connected to `port` are not destroyed. */
  openTo(port: number): number {
    return (this.#byPort.get(port) ?? []).filter((socket) => !socket.destroyed).length;
  }

  /** How many were ever connected to `port`. */
  madeTo(port: number): number {
    return this.#byPort.get(port)?.length ?? 0;
  }

  [Symbol.dispose](): void {
    Socket.prototype.connect = this.#connect;
  }

  /** Node's own callers pass their arguments on as one array. */
  #note(socket: Socket, args: unknown[]): void {
    const [options] = args.flat() as [{ port?: number } | undefined];
    const port = Number(options?.port);
    this.#byPort.set(port, [...(this.#byPort.get(port) ?? []), socket]);
  }
}
