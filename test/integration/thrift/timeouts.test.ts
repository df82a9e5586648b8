import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { ThriftTimeoutError } from '../../../lib/clients/thrift/index.js';
import { DialError, DialTimeoutError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { startHostileServer, withEchoPool } from './fixture.js';

describe('a Thrift server that does not answer', () => {
  let server: ServerProcess;
  let muteServer: ServerProcess;
  before(async () => {
    [server, muteServer] = await Promise.all([startHostileServer(), startHostileServer('--mute')]);
  });
  after(() => Promise.all([server.stop(), muteServer.stop()]));

  it('fails the call after requestTimeoutMs and costs the connection', () =>
    withEchoPool(server, { transport: 'framed', requestTimeoutMs: 60 }, async (pool) => {
      const startedAt = performance.now();
      const error = await failureOf(pool.do((client) => client.Echo('mute')));
      assert.ok(error instanceof ThriftTimeoutError);
      assert.equal(error.code, 'ERR_THRIFT_TIMEOUT');
      assert.match(error.message, /did not answer 'Echo' within 60 ms/);
      assert.ok(performance.now() - startedAt >= 59, 'the call failed before its time');
      assert.equal(pool.stats().closed.broken, 1);
    }));

  it('never has its late answer taken for that of another call', () =>
    withEchoPool(
      server,
      { transport: 'framed', requestTimeoutMs: 400, pool: { maxActive: 1 } },
      async (pool) => {
        await failureOf(pool.do((client) => client.Echo('answer late')));
        const lateAnswerIsOut = performance.now() + 500;
        for (let i = 0; performance.now() < lateAnswerIsOut; i++) {
          assert.equal(await pool.do((client) => client.Echo(`call ${i}`)), `call ${i}`);
        }
        assert.equal(pool.stats().dials, 2);
      },
    ));

  it('tells the call that took too long from those that were cut off with it', () =>
    withEchoPool(server, { transport: 'framed', requestTimeoutMs: 80 }, async (pool) => {
      const { client, close } = await lend(pool);
      const slow = failureOf(client.Echo('mute'));
      await new Promise((resolve) => setTimeout(resolve, 30));
      const [slowError, otherError] = await Promise.all([slow, failureOf(client.Echo('mute'))]);
      assert.equal(slowError.code, 'ERR_THRIFT_TIMEOUT');
      assert.equal(otherError.code, 'ERR_THRIFT_CONNECTION');
      assert.equal(otherError.cause, slowError);
      await close();
    }));

  it('cannot hold a dial past dialTimeoutMs when there is a heartbeat', () =>
    withEchoPool(
      muteServer,
      {
        transport: 'framed',
        heartbeat: (client) => client.Ping(),
        pool: { dialTimeoutMs: 80, dialRetryCount: 1 },
      },
      async (pool) => {
        const error = await failureOf(pool.get());
        assert.ok(error instanceof DialError);
        assert.equal(error.attempts, 2);
        assert.ok(error.cause instanceof DialTimeoutError);
        assert.equal(pool.stats().open, 0);
      },
    ));

  it('does not outlast the pool: closing it with a deadline rejects the call', () =>
    withEchoPool(server, { transport: 'framed' }, async (pool) => {
      const call = failureOf(pool.do((client) => client.Echo('mute')));
      while (pool.stats().inUse === 0) await new Promise(setImmediate);
      await pool.close({ timeoutMs: 20 });
      const error = await call;
      assert.equal(error.code, 'ERR_THRIFT_CONNECTION');
      assert.match(error.message, /closed by this side/);
    }));
});

async function lend<T>(pool: { get(): Promise<{ client: T; close(): Promise<void> }> }) {
  const transport = await pool.get();
  return { client: transport.client, close: () => transport.close() };
}
