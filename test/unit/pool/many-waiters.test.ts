import assert from 'node:assert/strict';
import type { Transport } from '../../../lib/pool/index.js';
import { handled, microtasks, useEndpoint, useFakeTime } from './support/fake-endpoint.js';
import { printed } from './support/program.js';

/** How one call of many comes and goes; `pool` has one connection, and it is taken. */
const lives = {
  'leaving from the middle': `
    const controllers = Array.from({ length: n }, () => new AbortController());
    const calls = controllers.map(({ signal }) => pool.get({ signal }).catch(() => {}));
    for (let i = 1; i < n; i += 2) controllers[i].abort(gone);
    for (let i = n - 2; i >= 0; i -= 2) controllers[i].abort(gone);
    await Promise.all(calls);`,
  'leaving together by one signal': `
    const controller = new AbortController();
    const calls = Array.from({ length: n }, () => pool.get({ signal: controller.signal }).catch(() => {}));
    controller.abort(gone);
    await Promise.all(calls);`,
  'running out of time': `
    await Promise.all(Array.from({ length: n }, (_, i) => pool.get({ timeoutMs: 1 + (i % 3) }).catch(() => {})));`,
  'being served': `
    const calls = Array.from({ length: n }, () => pool.get().then((transport) => transport.close()));
    await held.close();
    await Promise.all(calls);
    held = await pool.get();`,
  'being served by priority': `
    const calls = Array.from({ length: n }, (_, i) =>
      pool.get({ priority: (i * 7919) % n }).then((transport) => transport.close()));
    await held.close();
    await Promise.all(calls);
    held = await pool.get();`,
  'leaving with a priority of its own': `
    const controllers = Array.from({ length: n }, () => new AbortController());
    const calls = controllers.map(({ signal }, i) =>
      pool.get({ signal, priority: (i * 7919) % n }).catch(() => {}));
    for (const controller of controllers) controller.abort(gone);
    await Promise.all(calls);`,
  'being rejected by close': `
    const other = new ConnPool({ dial: () => ({}), close() {}, maxActive: 1 });
    const transport = await other.get();
    const calls = Array.from({ length: n }, () => other.get().catch(() => {}));
    const closed = other.close();
    await Promise.all(calls);
    await transport.close();
    await closed;`,
};

describe('the work per call', function () {
  this.timeout(30_000);

  /** Counts how often the blocks of the pool's code run, as coverage does, for 2,000 calls and for 8,000. */
  const growthOf = (life: string) =>
    printed(`
      import { Session } from 'node:inspector/promises';
      const pool = new ConnPool({ dial: () => ({}), close() {}, maxActive: 1, idleTimeoutMs: 0 });
      const gone = new Error('gone');
      let held = await pool.get();
      const session = new Session();
      session.connect();
      await session.post('Profiler.enable');
      await session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true });
      async function blocksRun(n) {
        await session.post('Profiler.takePreciseCoverage');
        ${life}
        const { result } = await session.post('Profiler.takePreciseCoverage');
        const ranges = result
          .filter(({ url }) => url.includes('/lib/pool/'))
          .flatMap(({ functions }) => functions.flatMap((fn) => fn.ranges));
        return ranges.reduce((sum, range) => sum + range.count, 0);
      }
      await blocksRun(10);
      const few = await blocksRun(2_000);
      const many = await blocksRun(8_000);
      console.log(few, many);
      process.exit();
    `);

  for (const [what, life] of Object.entries(lives)) {
    it(`does not grow with the number of those who wait: ${what}`, async () => {
      const [few = 0, many = 0] = (await growthOf(life))[0]?.split(' ').map(Number) ?? [];
      assert.ok(few > 2_000, `${few} blocks for 2,000 calls`);
      // Four times the calls: four times the work, and a little for the logarithm of a heap; a search makes it 16.
      assert.ok(many < 5.5 * few, `${few} blocks for 2,000 calls, ${many} for 8,000`);
    });
  }
});

describe('the cost of one among very many waiters', function () {
  this.timeout(60_000); // coverage makes thousands of calls slow
  const time = useFakeTime();
  const given = useEndpoint(time);
  const count = 10_000;

  it('is one timer in all when they share a timeout, and none once they have left', async () => {
    const pool = given.endpoint.pool({ maxActive: 1, idleTimeoutMs: 0 });
    const transport = await pool.get();
    const before = time.clock.countTimers();
    const controller = new AbortController();
    const calls = Array.from({ length: count }, (_, i) =>
      handled(pool.get({ timeoutMs: i % 2 === 0 ? 5_000 : 9_000, signal: controller.signal })),
    );
    assert.equal(time.clock.countTimers(), before + 2);
    controller.abort(new Error('all leave'));
    assert.equal(time.clock.countTimers(), before);
    assert.equal(
      (await Promise.allSettled(calls)).filter(({ status }) => status === 'rejected').length,
      count,
    );
    await transport.close();
    assert.equal(pool.stats().idle, 1, 'no connection is lost');
  });

  it('leaves no memory behind for priorities that nobody waits with any more', async () => {
    const { gc } = globalThis;
    assert.ok(gc, 'needs --expose-gc');
    const pool = given.endpoint.pool({ maxActive: 1, waitTimeoutMs: 0 });
    await pool.get();
    void handled(pool.get({ priority: -1 }));
    const gone = new Error('gone');
    const comeAndGo = async (from: number) => {
      // Each leaves after the next one has come, every other one before.
      let last = new AbortController();
      for (let i = 0; i < 10_000; i++) {
        const controller = new AbortController();
        void handled(pool.get({ priority: from + i, signal: controller.signal }));
        last.abort(gone);
        if (i % 2 === 0) controller.abort(gone);
        last = controller;
        if (i % 1_000 === 0) await microtasks();
      }
      last.abort(gone);
      await microtasks();
      gc();
      return process.memoryUsage().heapUsed;
    };
    await comeAndGo(0.25);
    const before = await comeAndGo(10_000.25);
    const grown = (await comeAndGo(20_000.25)) - before;
    assert.ok(grown < 600_000, `${grown} bytes more`);
    assert.equal(pool.stats().waiting, 1);
  });

  it('keeps every waiter in its place while others come and go around it', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    let held: Transport<object> = await pool.get();
    const controller = new AbortController();
    const served: number[] = [];
    const stay = Array.from({ length: 300 }, (_, i) => {
      for (let j = 0; j < 3; j++)
        void handled(pool.get({ priority: (i * 31) % 50, signal: controller.signal }));
      return pool.get({ priority: (i * 17) % 40 }).then((transport) => {
        served.push((i * 17) % 40);
        held = transport;
      });
    });
    controller.abort(new Error('gone'));
    for (const call of stay) {
      await held.close();
      await microtasks();
      void call;
    }
    assert.deepEqual(
      served,
      [...served].sort((a, b) => a - b),
    );
    assert.equal(served.length, stay.length);
    await held.close();
  });
});
