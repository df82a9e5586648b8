import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { startEchoProcess } from '../../support/start-echo-process.js';
import { waitFor, within } from '../../support/wait-for.js';
import { echo, withPool } from './fixture.js';

/** One call that ends when its socket does. */
async function call(socket: Socket, message: string): Promise<string> {
  const gone = new AbortController();
  const onClose = () => gone.abort(new Error('the connection was lost'));
  socket.once('close', onClose);
  try {
    const lost = new Promise<never>((_, reject) =>
      gone.signal.addEventListener('abort', () => reject(gone.signal.reason)),
    );
    return await Promise.race([echo(socket, message), lost]);
  } finally {
    socket.off('close', onClose);
  }
}

describe('a TCP server under load', () => {
  it('that is killed and started again leaves every call with an answer or an error', async function () {
    this.timeout(30_000);
    let server: ServerProcess = await startEchoProcess();
    const port = Number(server.address);
    let answers = 0;
    let errors = 0;
    let running = true;
    try {
      await withPool(
        { host: '127.0.0.1', port },
        { pool: { maxActive: 8, dialRetryCount: 0 } },
        async (pool) => {
          const worker = async (id: number) => {
            for (let i = 0; running; i++) {
              const message = `worker ${id} call ${i}`;
              try {
                assert.equal(await pool.do((socket) => call(socket, message)), message);
                answers++;
              } catch (error) {
                assert.ok(!(error instanceof assert.AssertionError), String(error));
                errors++;
                await new Promise((resolve) => setTimeout(resolve, 5));
              }
            }
          };
          const workers = Promise.all(Array.from({ length: 24 }, (_, id) => worker(id)));
          await waitFor('calls are answered', () => answers > 200);
          await server.stop('SIGKILL');
          await waitFor('calls fail', () => errors > 50);
          server = await startEchoProcess(String(port));
          const before = answers;
          await waitFor('calls are answered again', () => answers > before + 200);
          running = false;
          await within('every call ends', workers);
          assert.ok(pool.stats().open <= 8);
        },
      );
    } finally {
      running = false;
      await server.stop();
    }
  });
});
