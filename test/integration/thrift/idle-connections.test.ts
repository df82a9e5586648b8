import assert from 'node:assert/strict';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { failureOf } from '../../support/failure-of.js';
import { waitFor } from '../../support/wait-for.js';
import { type EchoPool, startHostileServer, withEchoPool } from './fixture.js';

describe('an idle Thrift connection', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startHostileServer();
  });
  after(() => server.stop());

  const gone = (pool: EchoPool) =>
    waitFor(
      'the connection leaves the pool',
      () => pool.stats().open === 0 && pool.stats().closed.broken === 1,
    );

  for (const misdeed of ['answer, then close later', 'answer, then reset later', 'answer, then talk on']) {
    it(`leaves the pool at once after: ${misdeed}`, () =>
      withEchoPool(server, { transport: 'framed' }, async (pool) => {
        assert.equal(await pool.do((client) => client.Echo(misdeed)), misdeed);
        await gone(pool);
        assert.equal(await pool.do((client) => client.Echo('next')), 'next');
        assert.equal(pool.stats().dials, 2);
      }));
  }

  for (const misdeed of ['answer twice', 'answer, then close']) {
    it(`is not kept when the server, with the answer, does this: ${misdeed}`, () =>
      withEchoPool(server, { transport: 'framed' }, async (pool) => {
        assert.equal(await pool.do((client) => client.Echo(misdeed)), misdeed);
        await gone(pool);
      }));
  }

  it('is not kept when the server speaks before it is asked', async () => {
    const greeter = await startHostileServer('--greet');
    try {
      await withEchoPool(greeter, { transport: 'framed' }, async (pool) => {
        const transport = await pool.get();
        await waitFor('the greeting arrives', async () => {
          const error = await transport.client
            .Echo('hello')
            .catch((reason: Error & { code?: string }) => reason);
          return error instanceof Error && /closed/.test(error.message);
        });
        await transport.close();
        assert.equal(pool.stats().closed.broken, 1);
      });
    } finally {
      await greeter.stop();
    }
  });

  it('that was lost while it was lent refuses further calls and is destroyed on return', () =>
    withEchoPool(server, { transport: 'framed' }, async (pool) => {
      const transport = await pool.get();
      await failureOf(transport.client.Echo('reset'));
      const error = await failureOf(transport.client.Echo('after'));
      assert.equal(error.code, 'ERR_THRIFT_CONNECTION');
      assert.match(error.message, /is closed/);
      assert.match(String((error.cause as Error).message), /ECONNRESET/);
      await transport.close();
      assert.equal(pool.stats().closed.broken, 1);
    }));
});
