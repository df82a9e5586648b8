import type { Socket } from 'node:net';
import { type ArmedFault, type Fault, NO_FAULT } from './fault.js';

// Taken when the module loads, so that fake timers installed by a test do not stop the proxy.
const { setTimeout, setImmediate, clearTimeout } = globalThis;

/** The faults that end a connection instead of changing its bytes. */
export type Ending = 'halfClose' | 'cut' | 'reset';

/** One direction of one proxied connection: takes bytes from `source` and passes them on as its fault says. */
export class FaultLane {
  /** Bytes handed to the destination so far. */
  passed = 0;
  readonly #source: Socket;
  readonly #destination: Socket;
  readonly #strike: (ending: Ending) => void;
  #fault: Fault = NO_FAULT.fault;
  /** A fault that waits for bytes to pass, and how many are left. */
  #armed: { fault: Fault; bytesLeft: number } | undefined;
  /** Chunks pass one after the other; this settles when the last one is through. */
  #tail: Promise<void> = Promise.resolve();
  /** Wakes whatever waits inside a delay or a stall. */
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(source: Socket, destination: Socket, strike: (ending: Ending) => void) {
    this.#source = source;
    this.#destination = destination;
    this.#strike = strike;
    source.on('data', (chunk: Buffer) => this.#enqueue(() => this.#deliver(chunk)));
    source.on('end', () => this.#enqueue(() => this.#passEnd()));
  }

  /** Replaces the fault, or arms one for later. Whatever a delay or stall holds back is looked at again. */
  set({ fault, afterBytes }: ArmedFault): void {
    if (afterBytes !== undefined) {
      this.#armed = { fault, bytesLeft: afterBytes };
      return;
    }
    this.#armed = undefined;
    this.#start(fault);
  }

  /** Whether the bytes of this direction, and its end, go nowhere. */
  get isSwallowing(): boolean {
    return this.#fault.kind === 'blackhole' || this.#fault.kind === 'stall';
  }

  /** Lets go of everything that waits; nothing passes any more. */
  close(): void {
    this.#closed = true;
    this.#wake?.();
  }

  #start(fault: Fault): void {
    this.#fault = fault;
    this.#wake?.();
    if (fault.kind === 'halfClose' || fault.kind === 'cut' || fault.kind === 'reset') {
      this.#strike(fault.kind);
    }
  }

  #enqueue(step: () => Promise<void>): void {
    this.#source.pause();
    this.#tail = this.#tail.then(step).then(() => void this.#source.resume());
  }

  async #deliver(chunk: Buffer): Promise<void> {
    const armed = this.#armed;
    if (armed !== undefined && chunk.length > armed.bytesLeft) {
      const head = chunk.subarray(0, armed.bytesLeft);
      await this.#pass(head);
      // The fault may have been replaced while the head was on its way.
      if (this.#armed === armed) {
        this.#armed = undefined;
        this.#start(armed.fault);
      }
      return this.#deliver(chunk.subarray(head.length));
    }
    if (armed !== undefined) armed.bytesLeft -= chunk.length;
    await this.#pass(chunk);
  }

  async #pass(chunk: Buffer): Promise<void> {
    while (!this.#closed && this.#fault.kind === 'stall') await this.#pause();
    if (chunk.length === 0 || this.#closed) return;
    switch (this.#fault.kind) {
      case 'blackhole':
      case 'halfClose':
      case 'cut':
      case 'reset':
        return;
      case 'delay':
        await this.#pause(this.#fault.ms);
        break;
      case 'throttle':
        return this.#trickle(chunk, this.#fault.bytesPerSecond);
      case 'fragment':
        return this.#fragment(chunk);
      case 'corrupt':
        return this.#write(this.#corrupt(chunk, this.#fault.bytes ?? Infinity));
    }
    return this.#write(chunk);
  }

  /** At most ten portions a second. */
  async #trickle(chunk: Buffer, bytesPerSecond: number): Promise<void> {
    const portion = Math.max(1, Math.floor(bytesPerSecond / 10));
    for (let at = 0; at < chunk.length && !this.#closed; at += portion) {
      if (this.#fault.kind !== 'throttle') return this.#pass(chunk.subarray(at));
      const bytes = chunk.subarray(at, at + portion);
      await this.#pause((1_000 * bytes.length) / bytesPerSecond);
      await this.#write(bytes);
    }
  }

  async #fragment(chunk: Buffer): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#closed; at += 1) {
      if (this.#fault.kind !== 'fragment') return this.#pass(chunk.subarray(at));
      await this.#write(chunk.subarray(at, at + 1));
      // A whole turn of the event loop between two bytes, so that a peer in this process reads them apart.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    }
  }

  #corrupt(chunk: Buffer, bytes: number): Buffer {
    const left = bytes - chunk.length;
    if (bytes !== Infinity) this.#fault = left > 0 ? { kind: 'corrupt', bytes: left } : NO_FAULT.fault;
    return chunk.map((byte, i) => (i < bytes ? byte + 1 : byte)) as Buffer;
  }

  async #passEnd(): Promise<void> {
    while (!this.#closed && this.#fault.kind === 'stall') await this.#pause();
    if (this.#fault.kind !== 'blackhole') this.#destination.end();
  }

  #write(chunk: Buffer): Promise<void> {
    if (this.#closed || !this.#destination.writable) return Promise.resolve();
    this.passed += chunk.length;
    return new Promise((resolve) => this.#destination.write(chunk, () => resolve()));
  }

  /** Waits for `ms`, or, without, until the fault is replaced; a replaced fault or a closed lane ends both. */
  #pause(ms?: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(() => this.#wake?.(), ms);
      this.#wake = () => {
        clearTimeout(timer);
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
