import assert from 'node:assert/strict';
import { printed } from './support/program.js';

describe('in a process where nothing else happens', function () {
  this.timeout(20_000);

  it('a call runs out of time once its time is over, not after twice that, wherever it comes from', async () => {
    const order = await printed(`
      const pool = new ConnPool({ dial: () => ({}), close() {}, maxActive: 1 });
      await pool.get();
      const entries = {
        'the main program': async () => {},
        'a timer': () => after(20),
        'an immediate': async () => { await after(20); await new Promise((resolve) => setImmediate(resolve)); },
      };
      for (const [from, enter] of Object.entries(entries)) {
        await enter();
        const late = after(720).then(() => console.log('1.8 times its time'));
        await pool.get({ timeoutMs: 400 }).catch((error) => console.log(from, error.code));
        await late;
      }
    `);
    assert.deepEqual(order, [
      'the main program ERR_WAIT_TIMEOUT',
      '1.8 times its time',
      'a timer ERR_WAIT_TIMEOUT',
      '1.8 times its time',
      'an immediate ERR_WAIT_TIMEOUT',
      '1.8 times its time',
    ]);
  });

  it('a graceful close with a deadline keeps the process until then, and nothing afterwards', async () => {
    const lines = await printed(`
      const pool = new ConnPool({ dial: () => ({}), close: (_, { reason }) => console.log(reason), minIdle: 1 });
      await pool.warmUp();
      await pool.get();
      pool.close({ timeoutMs: 100 }).then(() => console.log(pool.stats().state));
      const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout' || name === 'Immediate');
      process.on('exit', () => console.log('exited with', timers().length, 'timers'));
    `);
    assert.deepEqual(lines, ['shutdown', 'closed', 'exited with 0 timers']);
  });

  it('a borrowed connection alone keeps no process alive', async () => {
    const lines = await printed(`
      const pool = new ConnPool({ dial: () => ({}), close() {}, maxLifetimeMs: 60_000 });
      await pool.get();
      process.on('exit', () => console.log('exited', pool.stats().inUse));
    `);
    assert.deepEqual(lines, ['exited 1']);
  });

  it('a call that waits for a slow heartbeat keeps the process until its deadline', async () => {
    const lines = await printed(`
      const pool = new ConnPool({
        dial: () => ({}), close() {}, heartbeatIntervalMs: 1, heartbeatTimeoutMs: 600_000,
        heartbeat: () => (pool.stats().open === 0 ? true : new Promise(() => {})),
      });
      await (await pool.get()).close();
      await after(20);
      await pool.get({ timeoutMs: 100 }).catch((error) => console.log(error.code, error.phase));
    `);
    assert.deepEqual(lines, ['ERR_WAIT_TIMEOUT check']);
  });

  it('warmUp, which somebody awaits, keeps the process until its dials have ended', async () => {
    const lines = await printed(`
      const pool = new ConnPool({ dial: () => new Promise(() => {}), close() {}, dialTimeoutMs: 100, dialRetryCount: 0 });
      await pool.warmUp(1).catch((error) => console.log(error.code));
    `);
    assert.deepEqual(lines, ['ERR_DIAL']);
  });
});
