import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ConnPool } from '../../../lib/pool/index.js';
import { useEndpoint, useFakeTime } from './support/fake-endpoint.js';

describe('the fast path', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  it('sets no timer and calls no callback', async () => {
    const pool = given.endpoint.pool({ beats: true });
    await pool.warmUp(1);
    const timers = time.clock.countTimers();
    const set = globalThis.setTimeout;
    let sets = 0;
    globalThis.setTimeout = ((...args: Parameters<typeof set>) => {
      sets++;
      return set(...args);
    }) as typeof set;
    try {
      for (let i = 0; i < 100; i++) {
        const transport = await pool.get();
        await transport.close();
      }
      for (let i = 0; i < 100; i++) await (await pool.get({ timeoutMs: 50, priority: 1 })).close();
    } finally {
      globalThis.setTimeout = set;
    }
    assert.equal(sets, 0);
    assert.equal(time.clock.countTimers(), timers);
    assert.equal(given.endpoint.heartbeats.length, 1);
    assert.equal(given.endpoint.dials.length, 1);
  });

  it('allocates no promise to say that a connection is back', async () => {
    const pool = given.endpoint.pool();
    const [a, b] = [await pool.get(), await pool.get()];
    assert.equal(a.close(), b.close());
  });
});

describe('the fast path on the real clock', () => {
  it('reads the clock once per turn of the event loop, not once per loan', async () => {
    const pool = new ConnPool({ dial: () => ({}), close: () => {}, heartbeat: () => true });
    await pool.warmUp(1);
    await new Promise((resolve) => setImmediate(resolve));
    const transport = await pool.get();
    await transport.close();
    const real = performance.now;
    const loans = 1_000;
    for (let i = 0; i < loans; i++) await (await pool.get()).close();
    assert.equal(performance.now, real);
    assert.equal(pool.stats().gets, loans + 1);
    assert.equal(pool.stats().heartbeats, 1);
    await pool.close();
  });

  it('counts a deadline from its call, also from a timer of a quiet process', async () => {
    const pool = new ConnPool({ dial: () => ({}), close: () => {}, maxActive: 1, idleTimeoutMs: 0 });
    await pool.get();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const from = performance.now();
    await assert.rejects(pool.get({ timeoutMs: 400 }), { code: 'ERR_WAIT_TIMEOUT' });
    const tookMs = performance.now() - from;
    assert.ok(tookMs >= 399 && tookMs < 780, `${tookMs} ms`);
    await pool.close({ timeoutMs: 0 });
  });

  it('still notices that time has passed between turns', async () => {
    const pool = new ConnPool({
      dial: () => ({}),
      close: () => {},
      heartbeat: () => true,
      heartbeatIntervalMs: 5,
    });
    await (await pool.get()).close();
    const until = performance.now() + 20;
    while (performance.now() < until) await new Promise((resolve) => setImmediate(resolve));
    await (await pool.get()).close();
    assert.ok(pool.stats().heartbeats >= 2);
    await pool.close();
  });
});

describe('the process', function () {
  this.timeout(20_000);
  const run = promisify(execFile);
  const lib = new URL('../../../lib/pool/index.js', import.meta.url).href;
  const script = (body: string) =>
    run(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', `import { ConnPool } from '${lib}';${body}`],
      {
        cwd: fileURLToPath(new URL('../../..', import.meta.url)),
        // Coverage of another process that compiles the same sources would blur that of this one.
      },
    );

  it('exits while connections are idle and upkeep has plans', async () => {
    const { stdout } = await script(`
      const pool = new ConnPool({ dial: () => ({}), close() {}, heartbeat: () => true, minIdle: 2, leakDetectionMs: 1000 });
      await pool.warmUp();
      await pool.get();
      process.on('exit', () => console.log('exited'));
    `);
    assert.equal(stdout, 'exited\n');
  });

  it('exits while a refill waits for a dead endpoint', async () => {
    const { stdout } = await script(`
      const pool = new ConnPool({ dial: () => new Promise(() => {}), close() {}, minIdle: 2 });
      setTimeout(() => {}, 20);
      process.on('exit', () => console.log('exited', pool.stats().dialing));
    `);
    assert.equal(stdout, 'exited 2\n');
  });

  it('stays while somebody waits, until his deadline', async () => {
    const { stdout } = await script(`
      const pool = new ConnPool({ dial: () => ({}), close() {}, maxActive: 1, waitTimeoutMs: 200 });
      await pool.get();
      await pool.get().catch((error) => console.log(error.code));
    `);
    assert.equal(stdout, 'ERR_WAIT_TIMEOUT\n');
  });

  it('stays while somebody waits for a dial, until it times out', async () => {
    const { stdout } = await script(`
      const pool = new ConnPool({ dial: () => new Promise(() => {}), close() {}, waitTimeoutMs: 0, dialTimeoutMs: 100 });
      await pool.get().catch((error) => console.log(error.code, error.attempts));
    `);
    assert.equal(stdout, 'ERR_DIAL 2\n');
  });
});
