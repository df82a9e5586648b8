import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { muxRequest } from '../../../lib/clients/mux/index.js';
import { failureOf } from '../../support/failure-of.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor } from '../../support/wait-for.js';
import { ask, startFrameServer, withMuxPool } from './fixture.js';

const REQUEST_TIMEOUT_MS = 10_000;
/** "At once", with room for a busy machine; far from the request timeout, which must not be what ends the call. */
const PROMPT_MS = 2_000;

const misdeeds = {
  reset: 'ERR_MUX_CONNECTION',
  'close without an answer': 'ERR_MUX_CONNECTION',
  'half an answer, then reset': 'ERR_MUX_CONNECTION',
  'half an answer, then close': 'ERR_MUX_CONNECTION',
  'half a header, then close': 'ERR_MUX_CONNECTION',
  'answer in http': 'ERR_MUX_PROTOCOL',
  'answer in noise': 'ERR_MUX_PROTOCOL',
  'oversized frame': 'ERR_MUX_PROTOCOL',
};

describe('a server of frames that misbehaves', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startFrameServer();
  });
  after(() => server.stop());

  for (const [misdeed, code] of Object.entries(misdeeds)) {
    it(`fails all that is in flight at once, and has its connection replaced, after: ${misdeed}`, () =>
      withMuxPool(server, { requestTimeoutMs: REQUEST_TIMEOUT_MS, pool: { maxActive: 1 } }, async (pool) => {
        const startedAt = performance.now();
        const bystanders = ['mute', 'mute'].map((text) => failureOf(muxRequest(pool, Buffer.from(text))));
        const culprit = failureOf(muxRequest(pool, Buffer.from(misdeed)));
        for (const failure of [culprit, ...bystanders]) {
          const error = await failure;
          assert.equal(error.code, code, error.message);
        }
        assert.ok(performance.now() - startedAt < PROMPT_MS, 'the requests took too long to fail');
        await waitFor('the connection leaves the pool', () => pool.stats().closed.broken === 1);
        assert.equal(await pool.do((client) => ask(client, 'well again')), 'well again');
        assert.equal(pool.stats().dials, 2);
      }));
  }

  it('is put up with when it answers what nobody asked', () =>
    withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const wrong = failureOf(muxRequest(pool, Buffer.from('wrong id'), { timeoutMs: 50 }));
      assert.equal(await pool.do((client) => ask(client, 'answer twice')), 'once');
      assert.equal(await pool.do((client) => ask(client, 'answer in drops')), 'drops');
      assert.equal((await wrong).code, 'ERR_MUX_TIMEOUT');
      await pool.do((client) => assert.equal(client.stats().unknownAnswers, 2));
      assert.equal(pool.stats().dials, 1);
    }));

  it('is put up with when it answers late, on a connection that is idle', () =>
    withMuxPool(server, { pool: { maxActive: 1 } }, async (pool) => {
      const late = await failureOf(muxRequest(pool, Buffer.from('answer late'), { timeoutMs: 10 }));
      assert.equal(late.code, 'ERR_MUX_TIMEOUT');
      const connection = await pool.do((client) => client);
      await waitFor('it has come', () => connection.stats().lateAnswers === 1);
      assert.equal(pool.stats().idle, 1);
    }));

  it('is given up when it is mute: the requests time out, the connection leaves the pool', () =>
    withMuxPool(server, { requestTimeoutMs: 80, pool: { maxActive: 1 } }, async (pool) => {
      const failures = Array.from({ length: 20 }, () => failureOf(muxRequest(pool, Buffer.from('mute'))));
      for (const failure of failures)
        assert.match((await failure).code ?? '', /^ERR_MUX_(TIMEOUT|CONNECTION)$/);
      await waitFor('the connection leaves the pool', () => pool.stats().closed.broken === 1);
      assert.equal(await pool.do((client) => ask(client, 'well again')), 'well again');
    }));

  it('is replaced at once when it closes a connection that is idle', async () => {
    await using plain = await TcpServer.start(); // what it echoes is an answer, as both have one layout
    await withMuxPool(plain, {}, async (pool) => {
      await pool.do((client) => ask(client, 'hello'));
      plain.end();
      await waitFor('the connection leaves the pool', () => pool.stats().open === 0);
      assert.equal(await pool.do((client) => ask(client, 'again')), 'again');
      assert.equal(pool.stats().closed.broken, 1);
    });
  });

  it('is given up when a heartbeat finds it mute', async () => {
    const mute = await startFrameServer('--mute');
    try {
      await withMuxPool(
        mute,
        {
          heartbeat: (client) => client.request(Buffer.from('ping')),
          pool: { dialTimeoutMs: 60, dialRetryCount: 0 },
        },
        async (pool) => {
          const error = await failureOf(pool.get());
          assert.match(error.message, /first heartbeat took longer than 60 ms/);
          assert.equal(pool.stats().open, 0);
        },
      );
    } finally {
      await mute.stop();
    }
  });
});
