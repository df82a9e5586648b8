import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TLSSocket } from 'node:tls';
import { TcpConnectionError } from '../../../lib/clients/tcp/index.js';
import { DialError, DialTimeoutError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { TcpServer } from '../../support/tcp-server.js';
import { type TlsFixture, tlsFixture } from '../../support/tls.js';
import { echo, NO_RETRY, withPool, withServer } from './fixture.js';

describe('a TCP pool over TLS', () => {
  let tls: TlsFixture;
  before(async () => {
    tls = await tlsFixture();
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`verifies the server's certificate for ${host} and gets back what it sends`, async () => {
      await using server = await TcpServer.start({ tls: tls.server });
      await withPool({ host, port: server.port }, { tls: { ca: tls.ca } }, async (pool) => {
        const messages = Array.from({ length: 30 }, (_, i) => `message ${i}`);
        const answers = await Promise.all(messages.map((m) => pool.do((socket) => echo(socket, m))));
        assert.deepEqual(answers, messages);
        assert.ok(await pool.do((socket) => (socket as TLSSocket).authorized));
        assert.equal(
          await pool.do((socket) => (socket as TLSSocket & { servername: unknown }).servername),
          host === 'localhost' && host,
        );
      });
    });
  }

  const refused = async (pair: 'stranger' | 'wrongHost' | 'expired' | 'server', ca: boolean) => {
    let failure: Error | undefined;
    const options = { tls: ca ? { ca: tls.ca } : true, pool: NO_RETRY };
    await withServer({ tls: tls[pair] }, options, async (pool) => {
      failure = await failureOf(pool.get());
    });
    assert.ok(failure instanceof DialError);
    assert.ok(failure.cause instanceof TcpConnectionError);
    return failure;
  };

  it('refuses a certificate of an unknown authority and says so', async () => {
    const failure = await refused('stranger', true);
    assert.match(
      failure.message,
      /connecting with TLS to 127\.0\.0\.1:\d+ failed: unable to verify the first/,
    );
    assert.equal((failure.cause as TcpConnectionError).code, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
  });

  it('refuses what no public authority signed when it is told nothing', async () => {
    assert.match((await refused('server', false)).message, /connecting with TLS.*certificate/);
  });

  it('refuses a certificate made out to another name', async () => {
    assert.match((await refused('wrongHost', true)).message, /does not match certificate's altnames/);
  });

  it('refuses a certificate that has run out', async () => {
    assert.match((await refused('expired', true)).message, /certificate has expired/);
  });

  it('takes another name to verify from tls.servername', () =>
    withServer({ tls: tls.wrongHost }, { tls: { ca: tls.ca, servername: 'other.example' } }, async (pool) => {
      assert.equal(await pool.do((socket) => echo(socket, 'hello')), 'hello');
    }));

  it('shows its own certificate to a server that asks for one', () =>
    withServer(
      { tls: { ...tls.server, ca: tls.ca, requestCert: true, rejectUnauthorized: true } },
      { tls: { ca: tls.ca, ...tls.client } },
      async (pool) => {
        assert.equal(await pool.do((socket) => echo(socket, 'hello')), 'hello');
      },
    ));

  it('gives no call a connection that the server refuses for want of a certificate for longer than it stands', () =>
    withServer(
      { tls: { ...tls.server, ca: tls.ca, requestCert: true, rejectUnauthorized: true } },
      { tls: { ca: tls.ca }, heartbeat: (socket) => echo(socket, 'ping'), pool: NO_RETRY },
      async (pool) => {
        const failure = await failureOf(pool.get());
        assert.ok(failure instanceof DialError);
        assert.match(failure.message, /certificate required|ECONNRESET|closed|ended/);
      },
    ));

  it('gives a dial up in time when the server never shakes hands', () =>
    withServer(
      { mode: 'mute' },
      { tls: { ca: tls.ca }, pool: { ...NO_RETRY, dialTimeoutMs: 60 } },
      async (pool, server) => {
        const failure = await failureOf(pool.get());
        assert.ok(failure instanceof DialError && failure.cause instanceof DialTimeoutError);
        assert.equal(server.accepted, 1);
      },
    ));

  it('says that a server without TLS has none', () =>
    withServer({}, { tls: { ca: tls.ca }, pool: NO_RETRY }, async (pool) => {
      assert.match((await failureOf(pool.get())).message, /connecting with TLS to .* failed: /);
    }));

  it('says that the server hung up during the handshake', () =>
    withServer({ mode: 'mute' }, { tls: { ca: tls.ca }, pool: NO_RETRY }, async (pool, server) => {
      const failure = failureOf(pool.get());
      while (server.ready === 0) await new Promise(setImmediate);
      server.end();
      assert.match((await failure).message, /connecting with TLS to .* failed: .*disconnected/);
    }));

  describe('or plain, over a Unix socket', () => {
    let folder: string;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'connpool-'));
    });
    after(() => rm(folder, { recursive: true }));

    it('gets back what it sends', () =>
      withServer({ path: join(folder, 'plain') }, {}, async (pool) => {
        assert.equal(await pool.do((socket) => echo(socket, 'hello')), 'hello');
      }));

    it('verifies the certificate for localhost', () =>
      withServer({ path: join(folder, 'tls'), tls: tls.server }, { tls: { ca: tls.ca } }, async (pool) => {
        assert.equal(await pool.do((socket) => echo(socket, 'hello')), 'hello');
      }));

    it('refuses a certificate of another name', () =>
      withServer(
        { path: join(folder, 'other'), tls: tls.wrongHost },
        { tls: { ca: tls.ca }, pool: NO_RETRY },
        async (pool) => {
          assert.match((await failureOf(pool.get())).message, /TLS to .*other failed: .*altnames/);
        },
      ));

    it('names the path that nobody listens on', () =>
      withPool({ path: join(folder, 'nobody') }, { pool: NO_RETRY }, async (pool) => {
        assert.match((await failureOf(pool.get())).message, /connecting to .*nobody failed: .*ENOENT/);
      }));
  });
});
