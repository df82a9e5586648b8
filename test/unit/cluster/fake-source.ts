import type { GetOptions } from '../../../lib/pool/options.js';
import type { SourceStats } from '../../../lib/pool/source-stats.js';
import type { Transport } from '../../../lib/pool/transport.js';
import type { TransportSource } from '../../../lib/pool/transport-source.js';

/** What a fake source does when it is asked for a transport. */
export type Gate = 'ok' | 'fail' | 'slow' | 'never';

export interface FakeClient {
  readonly node: string;
  readonly number: number;
}

/** How long the gate 'slow' takes, ms. */
export const SLOW_MS = 50;

/** A source of clients that does as its gate says and remembers what was done with it. */
export class FakeSource implements TransportSource<FakeClient> {
  gate: Gate = 'ok';
  /** What the gate 'fail' rejects with. */
  failure: unknown = new Error('connection refused');
  /** What `isBroken` says. */
  breaks = false;
  /** Calls of `get`, with their options. */
  readonly gets: (GetOptions | undefined)[] = [];
  /** Transports lent and not given back. */
  lent = 0;
  /** Transports given back as broken. */
  broken = 0;
  closeCalls: ({ timeoutMs?: number } | undefined)[] = [];
  closeFailure: unknown;
  #onReturn: (() => void) | undefined;

  constructor(readonly name: string) {}

  async get(options?: GetOptions): Promise<Transport<FakeClient>> {
    this.gets.push(options);
    if (this.gate === 'fail') throw this.failure;
    if (this.gate === 'never') await new Promise(() => {});
    if (this.gate === 'slow') await new Promise((resolve) => setTimeout(resolve, SLOW_MS));
    this.lent++;
    return new FakeTransport(this, { node: this.name, number: this.gets.length });
  }

  isBroken(): boolean {
    return this.breaks;
  }

  takeBack(isBroken: boolean): void {
    this.lent--;
    if (isBroken) this.broken++;
    if (this.lent === 0) this.#onReturn?.();
  }

  stats(): SourceStats {
    return {
      name: this.name,
      state: this.closeCalls.length > 0 ? 'closed' : 'open',
      open: this.lent,
      idle: 0,
      inUse: this.lent,
      checking: 0,
      dialing: 0,
      closing: 0,
      waiting: 0,
      maxActive: 10,
      maxIdle: 10,
    };
  }

  async close(options?: { timeoutMs?: number }): Promise<void> {
    this.closeCalls.push(options);
    if (this.closeFailure !== undefined) throw this.closeFailure;
    if (this.lent > 0 && options?.timeoutMs === undefined) {
      await new Promise<void>((resolve) => {
        this.#onReturn = resolve;
      });
    }
  }
}

class FakeTransport implements Transport<FakeClient> {
  #held = true;
  #broken = false;

  constructor(
    private readonly source: FakeSource,
    readonly client: FakeClient,
  ) {}

  async close(isBroken = false): Promise<void> {
    if (!this.#held) return;
    this.#held = false;
    this.source.takeBack(isBroken || this.#broken);
  }

  markBroken(): void {
    this.#broken = true;
  }

  detach(): FakeClient {
    this.#held = false;
    this.source.takeBack(false);
    return this.client;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
