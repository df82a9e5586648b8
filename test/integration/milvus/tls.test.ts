import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MilvusOptions } from '../../../lib/clients/milvus/index.js';
import { type TlsFixture, tlsFixture } from '../../support/tls.js';
import { type LocalMilvus, refusalOf, serveMilvus, withMilvus } from './fixture.js';

describe('a Milvus client over TLS', () => {
  let tls: TlsFixture;
  let folder: string;
  let [trusted, elsewhere, mutual, plain]: LocalMilvus[] = [];
  before(async () => {
    tls = await tlsFixture();
    folder = await mkdtemp(join(tmpdir(), 'connpool-milvus-'));
    await writeFile(join(folder, 'ca.pem'), tls.ca);
    [trusted, elsewhere, mutual, plain] = await Promise.all([
      serveMilvus({ tls: tls.server }),
      serveMilvus({ tls: tls.wrongHost }),
      serveMilvus({ tls: { ...tls.server, clientCa: tls.ca } }),
      serveMilvus(),
    ]);
  });
  after(async () => {
    for (const server of [trusted, elsewhere, mutual, plain]) await server?.[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  const works = (server: LocalMilvus | undefined, options: Partial<MilvusOptions>) =>
    withMilvus({ address: server?.address ?? '', ...options }, async (milvus) => {
      assert.equal((await (await milvus.mustGet('main')).checkHealth()).isHealthy, true);
    });
  const fails = async (server: LocalMilvus | undefined, options: Partial<MilvusOptions>, why: RegExp) =>
    assert.match((await refusalOf({ address: server?.address ?? '', ...options })).message, why);

  it('trusts the authority that it is told, as text', () => works(trusted, { tls: { rootCert: tls.ca } }));
  it('trusts the authority that it is told, as a file', () =>
    works(trusted, { tls: { rootCertPath: join(folder, 'ca.pem') } }));
  it('trusts no other, and says so', () =>
    fails(trusted, { ssl: true }, /connecting with TLS to 127\.0\.0\.1:\d+ failed: .*certificate/));
  it('refuses a certificate made out to another name', () =>
    fails(elsewhere, { tls: { rootCert: tls.ca } }, /failed: Hostname\/IP does not match certificate/));
  it('verifies another name when serverName says so', () =>
    works(elsewhere, { tls: { rootCert: tls.ca, serverName: 'other.example' } }));
  it('encrypts also when only a serverName is given', () =>
    fails(trusted, { tls: { serverName: 'localhost' } }, /connecting with TLS/));
  it('takes any certificate with skipCertCheck', () => works(elsewhere, { tls: { skipCertCheck: true } }));
  it('shows its own certificate to a server that asks for one', () => {
    const { cert: certChain, key: privateKey } = tls.client;
    return works(mutual, { tls: { rootCert: tls.ca, certChain, privateKey } });
  });
  it('says so when the server speaks no TLS', () =>
    fails(plain, { tls: { rootCert: tls.ca } }, /wrong version number; does the server speak TLS\?$/));
  it('says so when the server expects TLS and there is none', () =>
    fails(trusted, {}, /the server hung up before it said anything; does it expect TLS\?$/));
  it('says so when a file is not there', () =>
    fails(
      trusted,
      { tls: { rootCertPath: join(folder, 'none.pem') } },
      /client 'main' cannot be made: ENOENT/,
    ));
});
