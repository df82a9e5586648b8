import assert from 'node:assert/strict';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { ConnPool, ConnPoolOptions, DialContext, Transport } from '../../../../lib/pool/index.js';
import type { FakeClient, FakeEndpoint } from './fake-endpoint.js';

type Pool = ConnPool<FakeClient>;
type Clock = { tickAsync(ms: number): Promise<unknown> };

/** Where user code runs inside the pool. */
export const moments = [
  'dial',
  'heartbeat',
  'close',
  'on open',
  'on close',
  'on dialError',
  'on heartbeatError',
  'on closeError',
  'on leak',
  'connpool:get',
  'connpool:dial',
  'connpool:close',
  'abort',
] as const;
export type Moment = (typeof moments)[number];

/** What user code may do there. */
export const actions: Record<string, (busy: BusyPool) => unknown> = {
  get: ({ pool, end }) => pool.get({ timeoutMs: 50 }).then(end, () => {}),
  'get and abort': ({ pool, end }) => {
    const controller = new AbortController();
    const call = pool.get({ signal: controller.signal }).then(end, () => {});
    controller.abort();
    return call;
  },
  tryGet: ({ pool, end }) => {
    const transport = pool.tryGet();
    return transport === undefined ? undefined : end(transport);
  },
  do: ({ pool }) => pool.do(() => {}, { timeoutMs: 50 }).catch(() => {}),
  warmUp: ({ pool }) => pool.warmUp(2).catch(() => {}),
  'give everything back': (busy) => busy.giveBack(false),
  'give everything back as broken': (busy) => busy.giveBack(true),
  'lower the limits': ({ pool }) => pool.configure({ maxActive: 1, minIdle: 0, maxUses: 1 }),
  'raise the limits': ({ pool }) => pool.configure({ maxActive: 4, wait: false, maxOverflow: 0 }),
  'pause and resume': ({ pool }) => {
    pool.pause();
    pool.resume();
  },
  invalidate: ({ pool }) => pool.invalidate(),
  'mark every client broken': ({ contexts }) => {
    for (const ctx of [...contexts]) ctx.markBroken(new Error('marked'));
  },
  'abort the calls that wait': ({ shared }) => shared.abort(),
  close: ({ pool }) => pool.close(),
  'close by force': ({ pool }) => pool.close({ timeoutMs: 0 }),
};

/** A pool under load whose every callback may act on the pool itself, and the books that must stay right. */
export class BusyPool {
  readonly pool: Pool;
  readonly contexts: DialContext[] = [];
  readonly shared = new AbortController();
  readonly #lent = new Map<Transport<FakeClient>, FakeClient>();
  readonly #closed = new Set<FakeClient>();
  readonly #calls: Promise<unknown>[] = [];
  readonly #undo: (() => void)[] = [];
  readonly #wrong: string[] = [];
  #turnsLeft = 3;
  #isActing = false;

  constructor(
    readonly endpoint: FakeEndpoint,
    readonly moment: Moment,
    readonly act: (busy: BusyPool) => unknown,
  ) {
    const options: Partial<ConnPoolOptions<FakeClient>> & { beats: boolean } = {
      beats: true,
      maxActive: 3,
      minIdle: 1,
      heartbeatIntervalMs: 20,
      idleTimeoutMs: 70,
      maxLifetimeMs: 150,
      dialRetryDelayMs: 1,
      leakDetectionMs: 10,
      waitTimeoutMs: 100,
      dial: (ctx) => {
        this.contexts.push(ctx);
        this.#at('dial');
        return endpoint.dial(ctx);
      },
      heartbeat: (client, ctx) => {
        this.#at('heartbeat');
        return endpoint.heartbeat(client, ctx);
      },
      close: (client, ctx) => {
        if (this.#closed.has(client)) this.#wrong.push(`client ${client.id} is closed twice`);
        this.#closed.add(client);
        this.#at('close');
        return endpoint.close(client, ctx);
      },
    };
    this.pool = endpoint.pool(options);
    for (const event of ['open', 'close', 'dialError', 'heartbeatError', 'closeError', 'leak'] as const) {
      this.pool.on(event, () => this.#at(`on ${event}`));
    }
    for (const name of ['connpool:get', 'connpool:dial', 'connpool:close'] as const) {
      this.#listen(channel(name), () => this.#at(name));
    }
    this.shared.signal.addEventListener('abort', () => this.#at('abort'));
  }

  #listen(on: Channel, heard: () => void): void {
    on.subscribe(heard);
    this.#undo.push(() => on.unsubscribe(heard));
  }

  #at(moment: Moment): void {
    this.#check();
    if (moment !== this.moment || this.#isActing || this.#turnsLeft === 0) return;
    this.#turnsLeft--;
    this.#isActing = true;
    this.#calls.push(Promise.resolve(this.act(this)));
    this.#isActing = false;
    this.#check();
  }

  /** Runs inside callbacks, whose exceptions the pool takes for failures of its user: so it takes notes. */
  #check(): void {
    const stats = this.pool.stats();
    const { open, idle, inUse, checking, dialing, closing, waiting } = stats;
    const isSound =
      open === idle + inUse + checking &&
      Math.min(open, idle, inUse, checking, dialing, closing, waiting) >= 0 &&
      open + dialing <= 4;
    if (!isSound) this.#wrong.push(JSON.stringify(stats));
  }

  /** Takes note of a loan, and ends it. */
  readonly end = (transport: Transport<FakeClient>): Promise<void> => {
    this.#take(transport);
    return this.#giveBack(transport, false);
  };

  #take(transport: Transport<FakeClient>): void {
    let client: FakeClient;
    try {
      client = transport.client;
    } catch {
      // Taken away again by a pool that closes by force.
      return;
    }
    assert.ok(![...this.#lent.values()].includes(client), `client ${client.id} is lent twice`);
    assert.ok(!this.#closed.has(client), `client ${client.id} is lent after its end`);
    this.#lent.set(transport, client);
  }

  #giveBack(transport: Transport<FakeClient>, isBroken: boolean): Promise<void> {
    this.#lent.delete(transport);
    return transport.close(isBroken);
  }

  giveBack(isBroken: boolean): Promise<unknown> {
    return Promise.all([...this.#lent.keys()].map((transport) => this.#giveBack(transport, isBroken)));
  }

  /** Every kind of thing that happens to a pool, with failures in between. */
  async run(clock: Clock): Promise<void> {
    const { plan } = this.endpoint;
    plan.dial.push('ok', 'fail', 'ok', 'throw', 'ok');
    plan.heartbeat.push('ok', 'ok', 'fail', 'ok', 'throw', 'ok', 'fail');
    plan.close.push('ok', 'fail', 'throw');
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 4; i++) this.#ask(i % 2 === 0 ? { signal: this.shared.signal } : { priority: -i });
      await clock.tickAsync(15);
      await this.giveBack(round === 2);
      await clock.tickAsync(15);
      if (round === 3) this.shared.abort();
      await this.giveBack(false);
      await clock.tickAsync(40);
    }
    await this.#finish(clock);
  }

  #ask(options: { signal?: AbortSignal; priority?: number }): void {
    const call = this.pool.get(options).then(
      (transport) => this.#take(transport),
      (error: unknown) => assert.ok(error instanceof Error),
    );
    this.#calls.push(call);
  }

  /** Nothing may be left of a pool that was closed. */
  async #finish(clock: Clock): Promise<void> {
    const closed = this.pool.close({ timeoutMs: 10 });
    await clock.tickAsync(10_000);
    await Promise.all([...this.#calls, closed]);
    for (const undo of this.#undo) undo();
    assert.deepEqual(this.#wrong, []);
    assert.ok(this.#turnsLeft < 3, `never came to '${this.moment}'`);
    const { state, open, idle, inUse, checking, dialing, closing, waiting } = this.pool.stats();
    assert.equal(state, 'closed');
    assert.deepEqual([open, idle, inUse, checking, dialing, closing, waiting], [0, 0, 0, 0, 0, 0, 0]);
    assert.equal(this.#closed.size, this.endpoint.clients.length, 'every client was closed');
  }
}
