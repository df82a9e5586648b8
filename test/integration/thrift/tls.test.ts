import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import { isThriftConnectionError } from '../../../lib/clients/thrift/index.js';
import { DialError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { type KeyPair, type TlsFixture, tlsFixture } from '../../support/tls.js';
import { startHostileServer, withEchoPool } from './fixture.js';

const noRetry = { dialRetryCount: 0 };

describe('a Thrift pool over TLS', () => {
  let folder: string;
  let tls: TlsFixture;
  let trusted: ServerProcess;
  let stranger: ServerProcess;
  let elsewhere: ServerProcess;

  const start = async (name: string, pair: KeyPair) => {
    const file = (kind: string) => join(folder, `${name}-${kind}.pem`);
    await Promise.all([writeFile(file('cert'), pair.cert), writeFile(file('key'), pair.key)]);
    return startServerProcess('--port', '0', '--tls-cert', file('cert'), '--tls-key', file('key'));
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-'));
    tls = await tlsFixture();
    [trusted, stranger, elsewhere] = await Promise.all([
      start('trusted', tls.server),
      start('stranger', tls.stranger),
      start('elsewhere', tls.wrongHost),
    ]);
  });
  after(async () => {
    await Promise.all([trusted.stop(), stranger.stop(), elsewhere.stop()]);
    await rm(folder, { recursive: true });
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`verifies the server's certificate for ${host} and gets back what it sends`, () =>
      withEchoPool(trusted, { host, tls: { ca: tls.ca } }, async (pool) => {
        const messages = Array.from({ length: 20 }, (_, i) => `message ${i}`);
        const answers = await Promise.all(messages.map((m) => pool.do((client) => client.Echo(m))));
        assert.deepEqual(answers, messages);
      }));
  }

  it('refuses a certificate of an unknown authority and says so', () =>
    withEchoPool(stranger, { tls: { ca: tls.ca }, pool: noRetry }, async (pool) => {
      const error = await failureOf(pool.get());
      assert.ok(error instanceof DialError);
      assert.match(
        error.message,
        /connecting with TLS to 127\.0\.0\.1:\d+ failed: unable to verify the first certificate/,
      );
      assert.ok(isThriftConnectionError(error));
    }));

  it('refuses what no public authority signed when it is told nothing', () =>
    withEchoPool(trusted, { tls: true, pool: noRetry }, async (pool) => {
      assert.match((await failureOf(pool.get())).message, /connecting with TLS.*certificate/);
    }));

  it('refuses a certificate made out to another name', () =>
    withEchoPool(elsewhere, { tls: { ca: tls.ca }, pool: noRetry }, async (pool) => {
      assert.match((await failureOf(pool.get())).message, /does not match certificate's altnames/);
    }));

  it('takes another name to verify from tls.servername', () =>
    withEchoPool(elsewhere, { tls: { ca: tls.ca, servername: 'other.example' } }, async (pool) => {
      assert.equal(await pool.do((client) => client.Echo('hello')), 'hello');
    }));

  it('fails a call at once when the server cuts the connection', () =>
    withEchoPool(trusted, { tls: { ca: tls.ca } }, async (pool) => {
      const error = await failureOf(pool.do((client) => client.Echo('hang up: now')));
      assert.equal(error.code, 'ERR_THRIFT_CONNECTION');
      assert.equal(await pool.do((client) => client.Echo('again')), 'again');
    }));

  it('gives a dial up in time when the server never shakes hands', async () => {
    const mute = await startHostileServer('--mute');
    try {
      await withEchoPool(
        mute,
        { tls: { ca: tls.ca }, pool: { ...noRetry, dialTimeoutMs: 60 } },
        async (pool) => {
          assert.match((await failureOf(pool.get())).message, /took longer than 60 ms/);
        },
      );
    } finally {
      await mute.stop();
    }
  });
});
