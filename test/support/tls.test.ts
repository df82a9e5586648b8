import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { TcpServer } from './tcp-server.js';
import { type KeyPair, makeAuthority, type TlsFixture, tlsFixture } from './tls.js';
import { waitForEvent, within } from './wait-for.js';

describe('the certificates of the tests', () => {
  let tls: TlsFixture;

  before(async () => {
    tls = await tlsFixture();
  });

  /** The error code a client meets, or undefined when it connects. */
  async function handshake(pair: KeyPair, options: ConnectionOptions): Promise<string | undefined> {
    await using server = await TcpServer.start({ tls: pair });
    const socket: TLSSocket = connect({ host: server.host, port: server.port, ca: tls.ca, ...options });
    const outcome = new Promise<string | undefined>((resolve) => {
      socket.once('secureConnect', () => resolve(undefined));
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    });
    try {
      return await within('the handshake', outcome);
    } finally {
      socket.destroy();
    }
  }

  it('are the same for everybody in the process', async () => {
    assert.equal(await tlsFixture(), tls);
  });

  it("verify by name and by address: the server's", async () => {
    assert.equal(await handshake(tls.server, {}), undefined);
    assert.equal(await handshake(tls.server, { servername: 'localhost' }), undefined);
  });

  it('are refused when they should be: expired, for another host, of an unknown authority', async () => {
    assert.equal(await handshake(tls.expired, {}), 'CERT_HAS_EXPIRED');
    assert.equal(await handshake(tls.wrongHost, {}), 'ERR_TLS_CERT_ALTNAME_INVALID');
    assert.equal(await handshake(tls.wrongHost, { servername: 'other.example' }), undefined);
    assert.match(String(await handshake(tls.stranger, {})), /^UNABLE_TO_VERIFY|^SELF_SIGNED|^UNABLE_TO_GET/);
  });

  it("let a server verify its client's", async () => {
    const request = { ...tls.server, ca: tls.ca, requestCert: true, rejectUnauthorized: true };
    await using server = await TcpServer.start({ tls: request });
    const socket = connect({ host: server.host, port: server.port, ca: tls.ca, ...tls.client });
    socket.write('let me in');
    const [data] = await waitForEvent<[Buffer]>(socket, 'data');
    assert.equal(data.toString(), 'let me in');
    socket.destroy();
  });

  it('come from an authority that issues more', async () => {
    const authority = await makeAuthority('one more CA');
    const pair = await authority.issue({ commonName: 'db', dns: ['db.example'], ips: ['10.0.0.1'] });
    const certificate = new X509Certificate(pair.cert);
    assert.equal(certificate.subjectAltName, 'DNS:db.example, IP Address:10.0.0.1');
    assert.ok(certificate.verify(new X509Certificate(authority.cert).publicKey));
  });
});
