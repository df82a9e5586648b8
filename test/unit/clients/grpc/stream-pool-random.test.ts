import assert from 'node:assert/strict';
import fc from 'fast-check';
import type { Transport } from '../../../../lib/pool/transport.js';
import type { FakeClient } from '../../pool/support/fake-endpoint.js';
import { type FakeStreams, microtasks, useStreams } from './fake-streams.js';

/** One thing that happens; `n` picks among what there is. */
interface Step {
  readonly kind:
    | 'get'
    | 'giveBack'
    | 'break'
    | 'lose'
    | 'abort'
    | 'wait'
    | 'dialsFail'
    | 'dialsWork'
    | 'invalidate';
  readonly n: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('get' as const) },
    { weight: 5, arbitrary: fc.constant('giveBack' as const) },
    {
      weight: 3,
      arbitrary: fc.constantFrom('break', 'lose', 'abort', 'wait', 'dialsFail', 'dialsWork', 'invalidate'),
    },
  ),
  n: fc.nat(1_000),
});

describe('StreamPool under random use', () => {
  const { make, time } = useStreams();

  it('keeps its limits, loses no caller and no connection', () =>
    fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        fc.array(step, { maxLength: 60 }),
        async (streams, maxActive, steps) => {
          const fake = make({ streams, maxActive, waitTimeoutMs: 300, maxLifetimeMs: 500, maxUses: 7 });
          const callers = new Callers(fake, streams, maxActive);
          for (const { kind, n } of steps) {
            if (kind === 'wait') await time.clock.tickAsync(n);
            else callers.act(kind, n);
            await microtasks();
            callers.check();
          }
          await callers.end();
          await time.clock.tickAsync(1_000);
          callers.checkEnd();
        },
      ),
      { numRuns: 150 },
    ));
});

class Callers {
  readonly #held: Transport<FakeClient>[] = [];
  readonly #aborts: AbortController[] = [];
  #asked = 0;
  #settled = 0;

  constructor(
    private readonly fake: FakeStreams,
    private readonly streams: number,
    private readonly maxActive: number,
  ) {}

  act(kind: Exclude<Step['kind'], 'wait'>, n: number): void {
    const { endpoint, pool, lose } = this.fake;
    const pick = <T>(list: T[]): T | undefined => list.splice(n % Math.max(1, list.length), 1)[0];
    if (kind === 'get') this.#get();
    else if (kind === 'giveBack') void pick(this.#held)?.close();
    else if (kind === 'break') void pick(this.#held)?.close(true);
    else if (kind === 'abort') pick(this.#aborts)?.abort(new Error('enough'));
    else if (kind === 'invalidate') pool.invalidate();
    else if (kind === 'lose') this.#lose(n, lose);
    else endpoint.otherwise.dial = kind === 'dialsFail' ? 'fail' : 'ok';
  }

  #lose(n: number, lose: (client: FakeClient) => void): void {
    const loan = this.#held[n % Math.max(1, this.#held.length)];
    if (loan !== undefined) lose(loan.client);
  }

  #get(): void {
    const controller = new AbortController();
    this.#aborts.push(controller);
    this.#asked++;
    this.fake.pool
      .get({ signal: controller.signal })
      .then(
        (loan) => this.#held.push(loan),
        () => {},
      )
      .finally(() => this.#settled++);
  }

  check(): void {
    const { open, dialing, waiting, streams } = this.fake.pool.stats();
    assert.ok(open + dialing <= this.maxActive, `${open} open, ${dialing} dialing`);
    assert.equal(streams, this.#held.length);
    const perClient = new Map<FakeClient, number>();
    for (const { client } of this.#held) perClient.set(client, (perClient.get(client) ?? 0) + 1);
    for (const count of perClient.values()) assert.ok(count <= this.streams, `${count} on one connection`);
    assert.equal(waiting, this.#asked - this.#settled, 'nothing is on its way: dials end at once here');
    // Nobody waits while there is room: with nothing broken, all connections must be full.
    if (waiting > 0) assert.equal(open, this.maxActive);
  }

  async end(): Promise<void> {
    this.fake.endpoint.otherwise.dial = 'ok';
    while (this.#held.length > 0 || this.#settled < this.#asked) {
      await this.#held.pop()?.close();
      await microtasks();
    }
    void this.fake.pool.close();
  }

  checkEnd(): void {
    const { endpoint, pool } = this.fake;
    assert.equal(pool.stats().state, 'closed');
    assert.equal(pool.stats().open, 0);
    assert.equal(endpoint.closes.length, endpoint.clients.length, 'each connection is closed');
    assert.equal(
      new Set(endpoint.closes.map(({ client }) => client)).size,
      endpoint.closes.length,
      'and once',
    );
  }
}
