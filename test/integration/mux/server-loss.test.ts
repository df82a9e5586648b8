import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { muxRequest } from '../../../lib/clients/mux/index.js';
import { failureOf } from '../../support/failure-of.js';
import { waitFor } from '../../support/wait-for.js';
import { startFrameServer, withMuxPool } from './fixture.js';

const hello = Buffer.from('hello');

describe('a server of frames under load', () => {
  let server: ServerProcess;
  afterEach(() => server.stop('SIGKILL'));

  it('that is killed fails all 1,000 requests in flight at once and those after them clearly', async () => {
    server = await startFrameServer('--jitter-ms', '60000');
    await withMuxPool(server, { pool: { maxActive: 4, dialRetryCount: 0 } }, async (pool) => {
      const failures = Array.from({ length: 1_000 }, () => failureOf(muxRequest(pool, hello)));
      await waitFor('all are sent', () => pool.stats().idle === 4 && pool.stats().waiting === 0);
      const startedAt = performance.now();
      await server.stop('SIGKILL');
      for (const failure of failures) assert.equal((await failure).code, 'ERR_MUX_CONNECTION');
      assert.ok(performance.now() - startedAt < 2_000);
      await waitFor('all connections leave the pool', () => pool.stats().open === 0);
      const later = await failureOf(muxRequest(pool, hello));
      assert.equal(later.code, 'ERR_DIAL');
      assert.match(later.message, /ECONNREFUSED/);
    });
  });

  it('that is killed and started again leaves every request with an answer or a clear error', async () => {
    server = await startFrameServer('--jitter-ms', '2');
    const { address } = server;
    await withMuxPool(server, { pool: { maxActive: 4, dialRetryCount: 0 } }, async (pool) => {
      let [started, answers, running] = [0, 0, true];
      const errors: (Error & { code?: string })[] = [];
      const callers = Array.from({ length: 50 }, async (_, caller) => {
        for (let i = 0; running; i++) {
          started += 1;
          const question = `${caller}.${i}`;
          try {
            assert.equal(String(await muxRequest(pool, Buffer.from(question))), question);
            answers += 1;
          } catch (error) {
            errors.push(error as Error);
            await new Promise((resolve) => setTimeout(resolve, 2));
          }
        }
      });
      await waitFor('requests are answered', () => answers > 1_000);
      await server.stop('SIGKILL');
      await waitFor('requests fail', () => errors.length > 50);
      server = await startFrameServer('--jitter-ms', '2', '--port', address);
      const before = answers;
      await waitFor('requests are answered again', () => answers > before + 1_000);
      running = false;
      await Promise.all(callers);
      assert.equal(started, answers + errors.length);
      for (const error of errors) assert.match(error.code ?? String(error), /^ERR_(MUX_CONNECTION|DIAL)$/);
    });
  });

  it('that stands still keeps requests until they time out, and answers when it goes on', async () => {
    server = await startFrameServer('--jitter-ms', '0');
    await withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      assert.equal(String(await muxRequest(pool, hello)), 'hello');
      server.child.kill('SIGSTOP');
      const kept = muxRequest(pool, hello);
      const error = await failureOf(muxRequest(pool, hello, { timeoutMs: 40 }));
      assert.equal(error.code, 'ERR_MUX_TIMEOUT');
      server.child.kill('SIGCONT');
      assert.equal(String(await kept), 'hello');
      const connection = await pool.do((client) => client);
      await waitFor('the late answer is dropped', () => connection.stats().lateAnswers === 1);
      assert.equal(pool.stats().dials, 1);
    });
  });
});
