import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { failureOf } from '../../support/failure-of.js';
import { startHostileServer, withEchoPool } from './fixture.js';

const REQUEST_TIMEOUT_MS = 10_000;
/** "At once", with room for a busy machine; far from the request timeout, which must not be what ends the call. */
const PROMPT_MS = 2_000;

const garbage = [
  'answer in http',
  'answer in zeros',
  'answer in noise',
  'absurd string',
  'absurd list',
  'wrong sequence id',
  'wrong method',
  'unknown method',
  'wrong message type',
];
const garbageFrames = ['absurd frame', 'negative frame', 'truncated frame'];
const losses = [
  'reset',
  'close without an answer',
  'half an answer, then reset',
  'half an answer, then close',
];

for (const transport of ['framed', 'buffered'] as const) {
  describe(`a Thrift server that misbehaves on a ${transport} transport`, () => {
    let server: ServerProcess;
    before(async () => {
      server = await startHostileServer('--transport', transport);
    });
    after(() => server.stop());

    const cases = [
      ...garbage.map((misdeed) => [misdeed, 'ERR_THRIFT_PROTOCOL'] as const),
      ...(transport === 'framed' ? garbageFrames : []).map(
        (misdeed) => [misdeed, 'ERR_THRIFT_PROTOCOL'] as const,
      ),
      ...losses.map((misdeed) => [misdeed, 'ERR_THRIFT_CONNECTION'] as const),
    ];
    for (const [misdeed, code] of cases) {
      it(`fails the call at once and replaces the connection after: ${misdeed}`, () =>
        withEchoPool(server, { transport, requestTimeoutMs: REQUEST_TIMEOUT_MS }, async (pool) => {
          const startedAt = performance.now();
          const error = await failureOf(pool.do((client) => client.Echo(misdeed)));
          assert.equal(error.code, code, error.message);
          assert.ok(performance.now() - startedAt < PROMPT_MS, 'the call took too long to fail');
          assert.equal(pool.stats().closed.broken, 1);
          assert.equal(await pool.do((client) => client.Echo('well again')), 'well again');
          assert.equal(pool.stats().dials, 2);
        }));
    }

    it('rejects every call in flight on the connection it ruins', () =>
      withEchoPool(server, { transport, requestTimeoutMs: REQUEST_TIMEOUT_MS }, async (pool) => {
        const transportOfClient = await pool.get();
        const { client } = transportOfClient;
        const calls = ['mute', 'mute', 'wrong sequence id'].map((message) => failureOf(client.Echo(message)));
        const errors = await Promise.all(calls);
        assert.deepEqual(
          errors.map((error) => error.code),
          Array.from(errors, () => 'ERR_THRIFT_PROTOCOL'),
        );
        await transportOfClient.close();
        assert.equal(pool.stats().open, 0);
      }));

    it('is understood when its answer comes in single bytes', () =>
      withEchoPool(server, { transport }, async (pool) => {
        assert.equal(await pool.do((client) => client.Echo('answer in drops')), 'answer in drops');
        assert.equal(pool.stats().open, 1);
      }));

    it('is refused a longer answer than maxFrameBytes', () =>
      withEchoPool(server, { transport, maxFrameBytes: 1_000 }, async (pool) => {
        const fits = 'x'.repeat(800);
        assert.equal(await pool.do((client) => client.Echo(fits)), fits);
        const error = await failureOf(pool.do((client) => client.Echo('x'.repeat(2_000))));
        assert.equal(error.code, 'ERR_THRIFT_PROTOCOL', error.message);
        assert.equal(pool.stats().closed.broken, 1);
      }));
  });
}
