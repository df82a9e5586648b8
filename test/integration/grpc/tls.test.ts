import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { credentials } from '@grpc/grpc-js';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { type GrpcTlsOptions, isGrpcConnectionError } from '../../../lib/clients/grpc/index.js';
import { DialError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { type KeyPair, type TlsFixture, tlsFixture } from '../../support/tls.js';
import { echoVia, startTestbedProcess, withPool } from './fixture.js';

const pool = { dialRetryCount: 0 };

describe('a gRPC pool over TLS', () => {
  let folder: string;
  let tls: TlsFixture;
  const servers: ServerProcess[] = [];
  let [trusted, stranger, elsewhere, expired, mutual, plain] = ['', '', '', '', '', ''];

  const start = async (pair?: KeyPair, ...flags: string[]) => {
    const files: string[] = [];
    if (pair !== undefined) {
      for (const [kind, text] of Object.entries({ cert: pair.cert, key: pair.key })) {
        const file = join(folder, `${servers.length}-${Math.random()}-${kind}.pem`);
        await writeFile(file, text);
        files.push(`--${kind}`, file);
      }
    }
    const server = await startTestbedProcess(...files, ...flags);
    servers.push(server);
    return `127.0.0.1:${server.address}`;
  };
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-'));
    tls = await tlsFixture();
    const ca = join(folder, 'ca.pem');
    await writeFile(ca, tls.ca);
    [trusted, stranger, elsewhere, expired, mutual, plain] = await Promise.all([
      start(tls.server),
      start(tls.stranger),
      start(tls.wrongHost),
      start(tls.expired),
      start(tls.server, '--client-ca', ca),
      start(),
    ]);
  });
  after(async () => {
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true });
  });

  const works = (address: string, options: GrpcTlsOptions) =>
    withPool(address, { tls: options, pool }, async (testbeds) => {
      assert.equal(await echoVia(testbeds, 'hello'), 'hello');
    });
  const fails = (address: string, options: GrpcTlsOptions | undefined, why: RegExp) =>
    withPool(address, { tls: options, pool }, async (testbeds) => {
      const error = await failureOf(testbeds.get());
      assert.ok(error instanceof DialError);
      assert.match(error.message, why);
      assert.ok(isGrpcConnectionError(error));
    });

  it("verifies the server's certificate for an address", () => works(trusted, { ca: tls.ca }));
  it("verifies the server's certificate for a name", () =>
    works(trusted.replace('127.0.0.1', 'localhost'), { ca: Buffer.from(tls.ca) }));
  it('refuses a certificate of an unknown authority and says so', () =>
    fails(
      stranger,
      { ca: tls.ca },
      /connecting with TLS to 127\.0\.0\.1:\d+ failed: unable to verify the first certificate$/,
    ));
  it('refuses what no public authority signed when it is told nothing', () =>
    fails(trusted, {}, /connecting with TLS.*certificate/));
  it('refuses a certificate that ran out', () => fails(expired, { ca: tls.ca }, /certificate has expired/));
  it('refuses a certificate made out to another name', () =>
    fails(elsewhere, { ca: tls.ca }, /failed: Hostname\/IP does not match certificate's altnames/));
  it('verifies another name when serverName says so', () =>
    works(elsewhere, { ca: tls.ca, serverName: 'other.example' }));
  it('takes any certificate with skipVerify', () => works(stranger, { skipVerify: true }));
  it('takes a certificate of any name with skipVerify', () => works(elsewhere, { skipVerify: true }));
  it('shows its own certificate to a server that asks for one', () =>
    works(mutual, { ca: tls.ca, cert: tls.client.cert, key: tls.client.key }));
  it('says so when a server asks for a certificate and there is none', () =>
    fails(mutual, { ca: tls.ca }, /alert certificate required$/));
  it('says so when the server speaks no TLS', () =>
    fails(plain, { ca: tls.ca }, /failed: wrong version number; does the server speak TLS\?$/));
  it('says so when the server expects TLS and there is none', () =>
    fails(trusted, undefined, /failed: the server hung up before it said anything; does it expect TLS\?$/));

  it('takes credentials of grpc-js as they are', () =>
    withPool(trusted, { credentials: credentials.createSsl(Buffer.from(tls.ca)) }, async (testbeds) => {
      assert.equal(await echoVia(testbeds, 'hello'), 'hello');
    }));
});
