import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { type MuxConnection, muxPool, muxRequest } from '../../../lib/clients/mux/index.js';
import { Cluster } from '../../../lib/cluster/index.js';
import { failureOf } from '../../support/failure-of.js';
import { waitFor, within } from '../../support/wait-for.js';
import { CODEC } from '../../unit/clients/mux/fixture.js';
import { ask, startFrameServer, withMuxPool } from './fixture.js';

describe('a pool of multiplexed connections', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startFrameServer();
  });
  after(() => server.stop());

  it('carries 10,000 requests at once over 4 connections, answered in any order', () =>
    withMuxPool(server, { pool: { maxActive: 4 } }, async (pool) => {
      const questions = Array.from({ length: 10_000 }, (_, i) => `question ${i}`);
      const order: number[] = [];
      const answers = await Promise.all(
        questions.map(async (question, i) => {
          const answer = String(await muxRequest(pool, Buffer.from(question)));
          order.push(i);
          return answer;
        }),
      );
      assert.deepEqual(answers, questions);
      assert.notDeepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
      assert.equal(pool.stats().dials, 4);
      const { broken } = pool.stats().closed;
      assert.equal(broken, 0);
    }));

  it('has a connection back while its answers are still coming', () =>
    withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const transport = await pool.get();
      const connection = transport.client;
      const late = connection.request(Buffer.from('answer late'));
      const byHand = connection.putRequest(connection.nextId(), { timeoutMs: 5_000 }).catch(() => {});
      await transport.close();
      assert.equal(pool.stats().idle, 1);
      assert.equal(connection.stats().inFlight, 2);
      assert.equal(await pool.do((client) => ask(client, 'meanwhile')), 'meanwhile');
      assert.equal(String(await within('the answer', late)), 'late');
      assert.equal(pool.stats().idle, 1);
      assert.equal(pool.stats().dials, 1);
      await connection.close();
      await byHand;
    }));

  it('lends one caller a connection at a time when it is held until the answer has come', () =>
    withMuxPool(server, { pool: { maxActive: 2 } }, async (pool) => {
      let inUse = 0;
      let most = 0;
      const calls = Array.from({ length: 50 }, (_, i) =>
        pool.do(async (client) => {
          most = Math.max(most, ++inUse);
          const answer = await ask(client, `${i}`);
          inUse -= 1;
          return answer;
        }),
      );
      assert.deepEqual(
        await Promise.all(calls),
        calls.map((_, i) => `${i}`),
      );
      assert.equal(most, 2);
    }));

  it('bounds getting a connection and the answer together', () =>
    withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const mute = await failureOf(muxRequest(pool, Buffer.from('mute'), { timeoutMs: 30 }));
      assert.equal(mute.code, 'ERR_MUX_TIMEOUT');
      const transport = await pool.get();
      const queued = await failureOf(muxRequest(pool, Buffer.from('hello'), { timeoutMs: 30 }));
      assert.equal(queued.code, 'ERR_WAIT_TIMEOUT');
      await transport.close();
      assert.equal(pool.stats().closed.broken, 0, 'a timeout leaves the connection in use');
      assert.equal(String(await muxRequest(pool, Buffer.from('hello'), { timeoutMs: 0 })), 'hello');
    }));

  it('keeps a connection whose call timed out, and drops one whose call found it dead', () =>
    withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const slow = await failureOf(pool.do((client) => ask(client, 'mute', 10)));
      assert.equal(slow.code, 'ERR_MUX_TIMEOUT');
      assert.equal(pool.stats().idle, 1);
      const lost = await failureOf(pool.do((client) => ask(client, 'reset')));
      assert.equal(lost.code, 'ERR_MUX_CONNECTION');
      assert.equal(pool.stats().closed.broken, 1);
      assert.equal(await pool.do((client) => ask(client, 'again')), 'again');
      assert.equal(pool.stats().dials, 2);
    }));

  it('lets go of a request whose signal aborts, and of nothing else', () =>
    withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const controller = new AbortController();
      const aborted = failureOf(muxRequest(pool, Buffer.from('mute'), { signal: controller.signal }));
      const kept = muxRequest(pool, Buffer.from('answer late'));
      await waitFor('the connection is back', () => pool.stats().idle === 1);
      controller.abort(new Error('enough'));
      assert.equal((await aborted).message, 'enough');
      assert.equal(String(await kept), 'late');
      assert.equal(pool.stats().dials, 1);
    }));

  it('keeps a connection away from others while its server does not read', () =>
    withMuxPool(server, { pool: { maxActive: 2 } }, async (pool) => {
      const stopped = failureOf(muxRequest(pool, Buffer.from('stop reading'), { timeoutMs: 300 }));
      await waitFor('it is sent', () => pool.stats().idle === 1);
      const stuck = failureOf(muxRequest(pool, Buffer.alloc(16 * 1_024 * 1_024), { timeoutMs: 300 }));
      await waitFor('it is stuck', () => pool.stats().inUse === 1);
      assert.equal(String(await muxRequest(pool, Buffer.from('elsewhere'))), 'elsewhere');
      assert.equal(pool.stats().inUse, 1);
      assert.equal((await stuck).code, 'ERR_MUX_TIMEOUT');
      await waitFor('the connection is back', () => pool.stats().inUse === 0);
      assert.equal((await stopped).code, 'ERR_MUX_TIMEOUT');
    }));

  it('heartbeats its connections by a request', () => {
    let beats = 0;
    const heartbeat = (connection: MuxConnection) => {
      beats += 1;
      return connection.request(Buffer.from('ping'), { timeoutMs: 1_000 });
    };
    return withMuxPool(server, { heartbeat, pool: { heartbeatIntervalMs: 0 } }, async (pool) => {
      await pool.do((client) => ask(client, 'a'));
      await pool.do((client) => ask(client, 'b'));
      assert.equal(beats, 2);
      assert.equal(pool.stats().heartbeats, 2);
    });
  });

  it('waits for answers under way when it closes', async () => {
    let answers: Promise<string[]> | undefined;
    await withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const requests = ['answer late', 'quick', 'answer late'].map((text) =>
        muxRequest(pool, Buffer.from(text)),
      );
      answers = Promise.all(requests).then((all) => all.map(String));
      await waitFor('all are sent', () => pool.stats().idle === 1 && pool.stats().gets === 3);
    });
    assert.deepEqual(await answers, ['late', 'quick', 'late']);
  });

  it('waits for answers that never come no longer than half its closeTimeoutMs', async () => {
    let failure: Promise<Error & { code?: string }> | undefined;
    let startedAt = 0;
    const closeErrors: unknown[] = [];
    await withMuxPool(server, { pool: { closeTimeoutMs: 100 } }, async (pool) => {
      pool.on('closeError', (error) => closeErrors.push(error));
      failure = failureOf(muxRequest(pool, Buffer.from('mute')));
      await waitFor('it is sent', () => pool.stats().idle === 1);
      startedAt = performance.now();
    });
    assert.equal((await failure!).code, 'ERR_MUX_CLOSED');
    assert.ok(performance.now() - startedAt < 2_000);
    assert.deepEqual(closeErrors, []);
  });

  it('serves a cluster, whose nodes share the requests', async () => {
    await using cluster = new Cluster({
      connect: ({ port = 0 }) => muxPool({ host: '127.0.0.1', port, codec: CODEC, pool: { maxActive: 1 } }),
    });
    const other = await startFrameServer();
    try {
      cluster.addEndpoint({ id: 'a', port: Number(server.address) });
      cluster.addEndpoint({ id: 'b', port: Number(other.address) });
      const questions = Array.from({ length: 200 }, (_, i) => `question ${i}`);
      const answers = await Promise.all(questions.map((text) => muxRequest(cluster, Buffer.from(text))));
      assert.deepEqual(answers.map(String), questions);
      assert.equal(await cluster.do((client) => ask(client, 'exclusive')), 'exclusive');
      for (const { id, source } of cluster.stats().nodes) assert.ok(source.open === 1, id);
    } finally {
      await cluster.close();
      await other.stop();
    }
  });
});
