import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server, type TLSSocket } from 'node:tls';
import type { PoolManager } from '../../../lib/manager/pool-manager.js';
import { type CertificateAuthority, makeAuthority } from '../../support/tls.js';
import { waitFor } from '../../support/wait-for.js';
import { calls, smallPool, states, Testing } from './fixture.js';
import { Load } from './load.js';

const LOOPBACK = { ips: ['127.0.0.1'] };
const test = new Testing();

describe('TLS files', () => {
  let ca: CertificateAuthority;
  let server: Server;
  /** Names of the clients' certificates, one per connection. */
  let names: string[];

  before(async () => {
    ca = await makeAuthority('manager test CA');
  });
  beforeEach(async () => {
    await test.begin();
    names = [];
    const own = await ca.issue({ commonName: 'server', ...LOOPBACK });
    const sockets = new Set<Socket>();
    server = createServer({ ...own, ca: ca.cert, requestCert: true }, (socket: TLSSocket) => {
      sockets.add(socket.on('error', () => {}));
      names.push(String(socket.getPeerCertificate().subject.CN));
      socket.on('data', (data) => socket.write(data));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    test.atEnd(async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    await test.write('ca.pem', ca.cert);
    await writeClient('first');
  });
  afterEach(() => test.end());

  async function writeClient(commonName: string): Promise<void> {
    const { cert, key } = await ca.issue({ commonName });
    await test.write('cert.pem', cert);
    await test.write('key.pem', key);
  }

  async function started(): Promise<PoolManager> {
    const { port } = server.address() as AddressInfo;
    const file = await test.write('connpool.json', {
      services: {
        lines: {
          protocol: 'tcp',
          discovery: { type: 'static', endpoints: [`127.0.0.1:${port}`] },
          pool: smallPool,
          tls: { ca: 'ca.pem', cert: 'cert.pem', key: 'key.pem' },
        },
      },
    });
    const manager = await test.started(file, {});
    await manager.ready();
    return manager;
  }

  it('that have changed are read anew by a reload, under load, and no call is lost', async () => {
    const manager = await started();
    const load = new Load(4, (text) => calls.tcp(manager, text));
    await load.answers(50);
    assert.deepEqual((await manager.reload()).unchanged, ['lines'], 'nothing has changed yet');

    await writeClient('second');
    assert.deepEqual((await manager.reload()).replaced, ['lines']);
    await load.answers(50);
    await waitFor('connections with the new certificate', () => names.includes('second'));
    assert.ok(names.lastIndexOf('first') < names.indexOf('second'), 'no dial with the old one afterwards');
    await load.end();
  });

  it('that are none are refused by name, and what stands goes on', async () => {
    const manager = await started();
    for (const name of ['ca', 'cert'] as const) {
      const intact = await readFile(join(test.folder, `${name}.pem`), 'utf8');
      await test.write(`${name}.pem`, 'garbage');
      const { failed } = await manager.reload();
      assert.match(
        String(failed.lines),
        new RegExp(`tls\\.${name}: there is no certificate in .*${name}\\.pem`),
      );
      assert.equal(await calls.tcp(manager, 'hello'), 'hello');
      await test.write(`${name}.pem`, intact);
    }
  });

  it('that do not fit together are refused, and what stands goes on', async () => {
    const manager = await started();
    await test.write('key.pem', (await ca.issue({ commonName: 'third' })).key);
    const { replaced, failed } = await manager.reload();
    assert.deepEqual(replaced, []);
    assert.match(
      String(failed.lines),
      /tls: these are no certificates and key that fit together: .*mismatch/,
    );
    assert.match(
      states(manager).lines!,
      /^ready: its new config is not in force: tls: these are no certificates/,
    );
    assert.equal(await calls.tcp(manager, 'hello'), 'hello');
    await writeClient('fourth');
    assert.deepEqual((await manager.reload()).replaced, ['lines']);
  });
});
