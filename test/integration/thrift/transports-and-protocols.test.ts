import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import thrift from 'thrift';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { EchoError } from '../../../examples/thrift/gen-nodejs/echo_types.js';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import { closeThriftClient, isThriftConnectionError, thriftPool } from '../../../lib/clients/thrift/index.js';
import { failureOf } from '../../support/failure-of.js';
import { withEchoPool } from './fixture.js';

const messages = ['hello', '', 'Grüße, 世界 🙂 "quoted" \\ and\nbroken', 'x'.repeat(200_000)];
const classes = {
  buffered: thrift.TBufferedTransport,
  framed: thrift.TFramedTransport,
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
  json: thrift.TJSONProtocol,
};

for (const transport of ['buffered', 'framed'] as const) {
  for (const protocol of ['binary', 'compact', 'json'] as const) {
    describe(`a Thrift pool over ${transport} transport and ${protocol} protocol`, () => {
      let server: ServerProcess;
      before(async () => {
        server = await startServerProcess('--port', '0', '--transport', transport, '--protocol', protocol);
      });
      after(() => server.stop());

      it('gets back what it sends', () =>
        withEchoPool(server, { transport, protocol, heartbeat: (client) => client.Ping() }, async (pool) => {
          for (const message of messages) {
            assert.equal(await pool.do((client) => client.Echo(message)), message);
          }
          assert.equal(pool.stats().dials, 1);
        }));

      it('takes the classes of the thrift package as well as their names', () =>
        withEchoPool(server, { transport: classes[transport], protocol: classes[protocol] }, async (pool) =>
          assert.equal(await pool.do((client) => client.Echo('hello')), 'hello'),
        ));

      it('matches answers to calls when several are in flight on one connection', () =>
        withEchoPool(server, { transport, protocol }, async (pool) => {
          const sent = Array.from({ length: 50 }, (_, i) => `message ${i}`);
          const received = await pool.do((client) =>
            Promise.all(sent.map((message) => client.Echo(message))),
          );
          assert.deepEqual(received, sent);
        }));

      it('keeps its connection when the service throws an exception it declares', () =>
        withEchoPool(server, { transport, protocol }, async (pool) => {
          const error = await failureOf(pool.do((client) => client.Echo('refuse: this')));
          assert.ok(error instanceof EchoError);
          assert.equal(error.reason, 'asked to refuse');
          assert.equal(isThriftConnectionError(error), false);
          assert.equal(pool.stats().idle, 1);
          assert.equal(await pool.do((client) => client.Echo('next')), 'next');
          assert.equal(pool.stats().dials, 1);
        }));

      it('keeps its connection when the server reports a TApplicationException', () =>
        withEchoPool(server, { transport, protocol }, async (pool) => {
          const error = await failureOf(pool.do((client) => client.Echo('fail: now')));
          assert.ok(error instanceof thrift.Thrift.TApplicationException);
          assert.equal(error.message, 'asked to fail');
          assert.equal(isThriftConnectionError(error), false);
          assert.equal(pool.stats().idle, 1);
        }));

      it('destroys its connection when a call throws on bad arguments', () =>
        withEchoPool(server, { transport, protocol }, async (pool) => {
          const error = await failureOf(pool.do((client) => client.Echo(42 as never)));
          assert.match(error.message, /without a string/);
          assert.equal(isThriftConnectionError(error), false);
          assert.equal(pool.stats().closed.broken, 1);
          assert.equal(await pool.do((client) => client.Echo('next')), 'next');
          assert.equal(pool.stats().dials, 2);
        }));
    });
  }
}

describe('a Thrift pool over a Unix socket', () => {
  let folder: string;
  let server: ServerProcess;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-'));
    server = await startServerProcess('--path', join(folder, 'echo.sock'));
  });
  after(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  it('gets back what it sends', async () => {
    const pool = thriftPool(EchoService, { path: server.address });
    assert.equal(await pool.do((client) => client.Echo('hello')), 'hello');
    await pool.close();
  });

  it('says which path it could not connect to', async () => {
    const path = join(folder, 'nobody.sock');
    const pool = thriftPool(EchoService, { path, pool: { dialRetryCount: 0 } });
    const error = await failureOf(pool.get());
    assert.match(error.message, /nobody\.sock.*ENOENT/);
    await pool.close();
  });
});

describe('a connection of a Thrift pool that threw on bad arguments', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServerProcess('--port', '0');
  });
  after(() => server.stop());

  it('is destroyed also when it is given back without a word', () =>
    withEchoPool(server, {}, async (pool) => {
      const transport = await pool.get();
      await failureOf(transport.client.Echo(42 as never));
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
    }));

  it('rejects the other calls in flight on it with the cause', () =>
    withEchoPool(server, {}, async (pool) => {
      const transport = await pool.get();
      const other = failureOf(transport.client.Echo('mute: for ever'));
      const bad = await failureOf(transport.client.Echo(42 as never));
      const error = await other;
      assert.ok(isThriftConnectionError(error));
      assert.equal(error.cause, bad);
      await transport.close();
    }));
});

describe('a Thrift client detached from its pool', () => {
  it('is closed by closeThriftClient', async () => {
    const server = await startServerProcess('--port', '0');
    await withEchoPool(server, {}, async (pool) => {
      const client = (await pool.get()).detach();
      assert.equal(await client.Echo('still works'), 'still works');
      await closeThriftClient(client);
      assert.ok(isThriftConnectionError(await failureOf(client.Echo('no more'))));
    });
    await server.stop();
  });
});
