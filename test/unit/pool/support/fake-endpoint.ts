import FakeTimers from '@sinonjs/fake-timers';
import {
  type CloseContext,
  ConnPool,
  type ConnPoolOptions,
  type DialContext,
  type HookContext,
} from '../../../../lib/pool/index.js';

type InstalledClock = ReturnType<typeof FakeTimers.install>;

/** How a callback behaves: at once (`ok`, `fail`, `throw`), when the test says so (`slow`), or not at all. */
export type Behaviour = 'ok' | 'fail' | 'throw' | 'slow' | 'never';

export interface FakeClient {
  readonly id: number;
}

/** A callback that waits for the test. */
export interface Gate<T> {
  open(value?: T): void;
  fail(error: unknown): void;
}

type Options = Partial<ConnPoolOptions<FakeClient>>;

/** An endpoint in memory: each callback does what the next entry of its plan says, and keeps a record. */
export class FakeEndpoint {
  /** What the next dials, heartbeats and closes do; when empty: `otherwise`. */
  readonly plan = { dial: [] as Behaviour[], heartbeat: [] as Behaviour[], close: [] as Behaviour[] };
  readonly otherwise: Record<'dial' | 'heartbeat' | 'close', Behaviour> = {
    dial: 'ok',
    heartbeat: 'ok',
    close: 'ok',
  };
  readonly gates = {
    dial: [] as Gate<FakeClient>[],
    heartbeat: [] as Gate<unknown>[],
    close: [] as Gate<unknown>[],
  };
  readonly dials: DialContext[] = [];
  readonly heartbeats: { client: FakeClient; ctx: HookContext }[] = [];
  readonly closes: { client: FakeClient; ctx: CloseContext }[] = [];
  readonly clients: FakeClient[] = [];
  readonly #pools: ConnPool<FakeClient>[] = [];

  /** A pool on this endpoint. With `heartbeat: true` it has one. */
  pool(options: Options & { beats?: boolean } = {}): ConnPool<FakeClient> {
    const { beats, ...rest } = options;
    const heartbeat = beats === true ? { heartbeat: this.heartbeat } : {};
    const pool = new ConnPool<FakeClient>({ dial: this.dial, close: this.close, ...heartbeat, ...rest });
    this.#pools.push(pool);
    return pool;
  }

  readonly dial = (ctx: DialContext): FakeClient | Promise<FakeClient> => {
    this.dials.push(ctx);
    return this.#act('dial', () => {
      const client = { id: this.clients.length + 1 };
      this.clients.push(client);
      return client;
    });
  };

  readonly heartbeat = (client: FakeClient, ctx: HookContext): unknown => {
    this.heartbeats.push({ client, ctx });
    return this.#act('heartbeat', () => true);
  };

  readonly close = (client: FakeClient, ctx: CloseContext): unknown => {
    this.closes.push({ client, ctx });
    return this.#act('close', () => undefined);
  };

  /** The reasons of all closes, in order. */
  get reasons(): string[] {
    return this.closes.map(({ ctx }) => ctx.reason);
  }

  /** Ends every pool by force, so that no test leaves a timer behind. */
  async end(): Promise<void> {
    this.otherwise.close = 'ok';
    await Promise.all(this.#pools.map((pool) => pool.close({ timeoutMs: 0 })));
  }

  #act<T>(hook: 'dial' | 'heartbeat' | 'close', result: () => T): T | Promise<T> {
    const gates = this.gates[hook] as Gate<T>[];
    switch (this.plan[hook].shift() ?? this.otherwise[hook]) {
      case 'ok':
        return Promise.resolve(result());
      case 'fail':
        return Promise.reject(new Error(`${hook} failed`));
      case 'throw':
        throw new Error(`${hook} threw`);
      case 'never':
        return new Promise(() => {});
      case 'slow':
        return new Promise((resolve, reject) => {
          gates.push({ open: (value) => resolve(value ?? result()), fail: reject });
        });
    }
  }
}

/** Installs fake time for the tests of a suite and takes it off again. */
export function useFakeTime(): { readonly clock: InstalledClock } {
  const held: { clock: InstalledClock } = { clock: undefined as unknown as InstalledClock };
  beforeEach(() => {
    held.clock = FakeTimers.install();
  });
  afterEach(() => held.clock.uninstall());
  return held;
}

/** A fresh endpoint for each test of a suite; its pools are closed afterwards, on running fake time. */
export function useEndpoint(time?: { readonly clock: InstalledClock }): { readonly endpoint: FakeEndpoint } {
  const held = { endpoint: undefined as unknown as FakeEndpoint };
  beforeEach(() => {
    held.endpoint = new FakeEndpoint();
  });
  afterEach(async () => {
    const ended = held.endpoint.end();
    await time?.clock.tickAsync(60_000);
    await ended;
  });
  return held;
}

/** What a promise has come to by now: its value, its error, or 'pending'. */
export async function settled<T>(promise: Promise<T>): Promise<T | unknown> {
  const outcome = promise.catch((error: unknown) => error);
  await microtasks();
  return Promise.race([outcome, 'pending']);
}

/** Marks a promise as looked after, for a test that looks at its rejection only later. */
export function handled<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}

/** Lets everything that is only a matter of microtasks happen. */
export async function microtasks(): Promise<void> {
  for (let i = 0; i < 30; i++) await null;
}
