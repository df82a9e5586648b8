import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { muxRequest } from '../../../lib/clients/mux/index.js';
import { DialError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { type KeyPair, type TlsFixture, tlsFixture } from '../../support/tls.js';
import { startFrameServer, withMuxPool } from './fixture.js';

const NO_RETRY = { dialRetryCount: 0 };
const hello = Buffer.from('hello');

describe('a pool of multiplexed connections over TLS', () => {
  let folder: string;
  let tls: TlsFixture;
  let trusted: ServerProcess;
  let elsewhere: ServerProcess;
  let plain: ServerProcess;

  const start = async (name: string, pair: KeyPair) => {
    const file = (kind: string) => join(folder, `${name}-${kind}.pem`);
    await Promise.all([writeFile(file('cert'), pair.cert), writeFile(file('key'), pair.key)]);
    return startFrameServer('--tls-cert', file('cert'), '--tls-key', file('key'));
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-'));
    tls = await tlsFixture();
    [trusted, elsewhere, plain] = await Promise.all([
      start('trusted', tls.server),
      start('elsewhere', tls.wrongHost),
      startFrameServer(),
    ]);
  });
  after(async () => {
    await Promise.all([trusted.stop(), elsewhere.stop(), plain.stop()]);
    await rm(folder, { recursive: true });
  });

  for (const host of ['127.0.0.1', 'localhost']) {
    it(`verifies the server's certificate for ${host} and carries many requests at once`, () =>
      withMuxPool(trusted, { host, tls: { ca: tls.ca }, pool: { maxActive: 2 } }, async (pool) => {
        const questions = Array.from({ length: 500 }, (_, i) => `question ${i}`);
        const answers = await Promise.all(questions.map((text) => muxRequest(pool, Buffer.from(text))));
        assert.deepEqual(answers.map(String), questions);
        const big = Buffer.alloc(3_000_000, 'x');
        assert.ok((await muxRequest(pool, big)).equals(big));
      }));
  }

  it('refuses a certificate that no authority it knows has signed, and says so', () =>
    withMuxPool(trusted, { tls: true, pool: NO_RETRY }, async (pool) => {
      const error = await failureOf(muxRequest(pool, hello));
      assert.ok(error instanceof DialError);
      assert.match(error.message, /connecting with TLS to 127\.0\.0\.1:\d+ failed: unable to verify/);
    }));

  it('refuses a certificate made out to another name, and says so', () =>
    withMuxPool(elsewhere, { tls: { ca: tls.ca }, pool: NO_RETRY }, async (pool) => {
      assert.match(
        (await failureOf(muxRequest(pool, hello))).message,
        /does not match certificate's altnames/,
      );
    }));

  it('says that a server without TLS has none', () =>
    withMuxPool(plain, { tls: { ca: tls.ca }, pool: { ...NO_RETRY, dialTimeoutMs: 1_000 } }, async (pool) => {
      const { code, message } = await failureOf(muxRequest(pool, hello));
      assert.equal(code, 'ERR_DIAL');
      assert.match(message, /connecting with TLS to .* failed: /);
    }));

  it('says, without TLS, that the server wants it', () =>
    withMuxPool(trusted, { tls: false, pool: NO_RETRY }, async (pool) => {
      const error = await failureOf(muxRequest(pool, hello));
      assert.match(error.code ?? '', /^ERR_MUX_(PROTOCOL|CONNECTION)$/);
      assert.match(
        error.message,
        /it never sent a byte: does it speak this protocol, and without TLS\?|it speaks TLS/,
      );
    }));

  it('gives a dial up in time when the server never shakes hands', async () => {
    const mute = await startFrameServer('--mute');
    try {
      const options = { tls: { ca: tls.ca }, pool: { ...NO_RETRY, dialTimeoutMs: 60 } };
      await withMuxPool(mute, options, async (pool) => {
        assert.match((await failureOf(muxRequest(pool, hello))).message, /took longer than 60 ms/);
      });
    } finally {
      await mute.stop();
    }
  });

  it('fails all that is in flight when the server cuts the connection', () =>
    withMuxPool(trusted, { tls: { ca: tls.ca }, pool: { maxActive: 1 } }, async (pool) => {
      const failures = ['mute', 'mute', 'reset'].map((text) =>
        failureOf(muxRequest(pool, Buffer.from(text))),
      );
      for (const failure of failures) assert.equal((await failure).code, 'ERR_MUX_CONNECTION');
      assert.equal(String(await muxRequest(pool, hello)), 'hello');
    }));
});
