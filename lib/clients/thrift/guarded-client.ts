import type { WireProtocolClass, WireTransport } from './wire-format.js';

/** What a guarded client tells its connection about each call. */
export interface CallGuard {
  /** Before anything is written. Throws when the connection is gone. */
  sending(seqid: number): void;
  /** The call is on its way; `expectsAnswer` is false for a oneway call. */
  sent(seqid: number, method: string, expectsAnswer: boolean): void;
  /** Writing the call threw, and may have left part of a message behind. */
  sendFailed(seqid: number, method: string, error: unknown): void;
}

/** Called with what became of a call. */
export type Answer = (error: unknown, result?: unknown) => void;

/** The part of a generated client that its connection works with. */
export interface GeneratedClient {
  _seqid: number;
  _reqs: Record<number, Answer>;
  seqid(): number;
  new_seqid(): number;
  [GUARD]?: CallGuard;
  [method: `recv_${string}`]: (input: unknown, type: unknown, seqid: number) => void;
}

/** A generated client class. */
export type GeneratedClientClass = new (
  output: WireTransport,
  Protocol: WireProtocolClass,
) => GeneratedClient;

/** Sequence ids are signed 32-bit integers on the wire. */
const MAX_SEQID = 2 ** 31 - 1;

const GUARD = Symbol('connpool.thrift.guard');

/** Tells the guard of every call of this client from now on. */
export function setGuard(client: GeneratedClient, guard: CallGuard): void {
  Object.defineProperty(client, GUARD, { value: guard });
}

/** The guard of a client that {@link setGuard} has seen. */
export function guardOf(client: unknown): CallGuard | undefined {
  return (client as GeneratedClient | null | undefined)?.[GUARD];
}

/**
 * Derives a class from a generated client that reports each call to its guard. Every generated method writes
 * its message through `send_<method>`, so that is what the derived class overrides; the methods themselves,
 * their promises and their types stay the generator's own.
 */
export function guardedClientClass(Client: GeneratedClientClass): GeneratedClientClass {
  const Guarded = class extends Client {
    override new_seqid(): number {
      this._seqid = this._seqid >= MAX_SEQID ? 1 : this._seqid + 1;
      return this._seqid;
    }
  };
  for (const method of methodsOf(Client)) {
    const name = `send_${method}`;
    const value = guardedSend(method, Reflect.get(Client.prototype, name));
    Object.defineProperty(Guarded.prototype, name, { value, configurable: true, writable: true });
  }
  return Object.defineProperty(Guarded, 'name', { value: Client.name });
}

/** The names of a generated client's methods, those of the services it extends included. */
export function methodsOf(Client: GeneratedClientClass): string[] {
  const methods = new Set<string>();
  let prototype: unknown = Client.prototype;
  while (typeof prototype === 'object' && prototype !== null && prototype !== Object.prototype) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      const method = name.startsWith('send_') ? name.slice('send_'.length) : '';
      if (method !== '' && typeof Reflect.get(Client.prototype, method) === 'function') methods.add(method);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return [...methods];
}

type Send = (this: GeneratedClient, ...args: unknown[]) => unknown;

function guardedSend(method: string, send: Send): Send {
  return function (this: GeneratedClient, ...args) {
    const guard = this[GUARD] as CallGuard;
    const seqid = this.seqid();
    guard.sending(seqid);
    let returned: unknown;
    try {
      returned = send.apply(this, args);
    } catch (error) {
      guard.sendFailed(seqid, method, error);
      throw error;
    }
    guard.sent(seqid, method, this._reqs[seqid] !== undefined);
    return returned;
  };
}
