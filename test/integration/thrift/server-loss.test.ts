import assert from 'node:assert/strict';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import { isThriftConnectionError } from '../../../lib/clients/thrift/index.js';
import { failureOf } from '../../support/failure-of.js';
import { startLoad } from '../../support/load.js';
import { waitFor } from '../../support/wait-for.js';
import { withEchoPool } from './fixture.js';

describe('a Thrift server under load', () => {
  let server: ServerProcess;
  afterEach(() => server.stop('SIGKILL'));

  it('serves 1,000 concurrent callers over 10 connections', async () => {
    server = await startServerProcess('--port', '0');
    await withEchoPool(server, { pool: { maxActive: 10 } }, async (pool) => {
      const sent = Array.from({ length: 1_000 }, (_, i) => `caller ${i}`);
      let mostOpen = 0;
      const received = await Promise.all(
        sent.map((message) =>
          pool.do((client) => {
            mostOpen = Math.max(mostOpen, pool.stats().open);
            return client.Echo(message);
          }),
        ),
      );
      assert.deepEqual(received, sent);
      assert.equal(mostOpen, 10);
      assert.equal(pool.stats().dials, 10);
    });
  });

  it('that is killed in mid-call fails the calls under way at once and those after it clearly', async () => {
    server = await startServerProcess('--port', '0', '--delay-ms', '5000');
    await withEchoPool(server, { pool: { maxActive: 10, dialRetryCount: 0 } }, async (pool) => {
      const calls = Array.from({ length: 10 }, () => failureOf(pool.do((client) => client.Echo('hello'))));
      await waitFor('all calls are under way', () => pool.stats().inUse === 10);
      await server.stop('SIGKILL');
      for (const error of await Promise.all(calls)) {
        assert.equal(error.code, 'ERR_THRIFT_CONNECTION');
        assert.ok(isThriftConnectionError(error));
      }
      const later = await failureOf(pool.do((client) => client.Echo('hello')));
      assert.match(later.message, /ECONNREFUSED/);
      assert.ok(isThriftConnectionError(later));
    });
  });

  it('that is killed and started again leaves every call with a result or a clear error', async () => {
    server = await startServerProcess('--port', '0', '--delay-ms', '1');
    const { address } = server;
    await withEchoPool(server, { pool: { maxActive: 10, dialRetryCount: 0 } }, async (pool) => {
      const load = startLoad(() => pool.do((client) => client.Echo('hello')), 50);
      await waitFor('calls succeed', () => load.results > 200);
      await server.stop('SIGKILL');
      await waitFor('calls fail', () => load.errors.length > 10);
      server = await startServerProcess('--port', address, '--delay-ms', '1');
      const before = load.results;
      await waitFor('calls succeed again', () => load.results > before + 200);
      await load.stop();
      assert.equal(load.started, load.results + load.errors.length);
      for (const error of load.errors) assert.ok(isThriftConnectionError(error), String(error));
    });
  });

  it('that is told to stop ends in good order: calls under way are answered', async () => {
    server = await startServerProcess('--port', '0', '--delay-ms', '100');
    await withEchoPool(server, { pool: { maxActive: 5 } }, async (pool) => {
      let read = 0;
      const calls = Array.from({ length: 5 }, () =>
        pool.do(async (client) => {
          const answer = client.Echo('hello');
          await client.Ping(); // sent after the Echo: once it is answered, the server has read both
          read++;
          return answer;
        }),
      );
      await waitFor('the server has read all calls', () => read === 5);
      await server.stop('SIGTERM');
      assert.deepEqual(await Promise.all(calls), Array(5).fill('hello'));
      await waitFor('the closed connections leave the pool', () => pool.stats().open === 0);
    });
  });
});
