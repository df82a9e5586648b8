import assert from 'node:assert/strict';
import { Cluster } from '../../../lib/cluster/index.js';
import { etcdDiscovery } from '../../../lib/discovery/etcd/index.js';
import { sharedClient } from '../../../lib/pool/shared-client.js';
import { type EtcdServer, requireEtcd } from '../../support/etcd-server.js';
import { freePorts } from '../../support/free-ports.js';
import { type TlsFixture, tlsFixture } from '../../support/tls.js';
import { waitFor } from '../../support/wait-for.js';
import { EtcdFixture } from './etcd-fixture.js';

/** A view may be this late after a restart, ms. */
const AFTER_RESTART = { timeoutMs: 4_000 };

describe('etcdDiscovery when etcd fails', () => {
  let etcd: EtcdServer;

  before(async function () {
    etcd = await requireEtcd(this);
  });
  after(() => etcd?.stop());
  const keys = new EtcdFixture(() => etcd);

  it('keeps the last list while etcd is down, and follows within four seconds of its return', async () => {
    await keys.put('a');
    const watched = keys.watch();
    await watched.sees(['a']);
    await etcd.kill();
    await watched.error(/etcd 127\.0\.0\.1:\d+: /);
    await waitFor('several attempts', () => watched.errors.length >= 8, { timeoutMs: 8_000 });
    assert.deepEqual(watched.ids, ['a']);
    await etcd.restart();
    await keys.put('b');
    await watched.sees(['a', 'b'], AFTER_RESTART);
    await keys.delete('a');
    await watched.sees(['b']);
  });

  it('says that the first answer is slow while it waits for it, so that ready() has a reason', async () => {
    const between = await keys.proxy();
    between.set({ kind: 'stall' });
    const watched = keys.watch({ hosts: `127.0.0.1:${between.port}` });
    await watched.error(/etcd 127\.0\.0\.1:\d+: no answer for 1000 ms yet/, { timeoutMs: 2_000 });
  });

  it('starts over when etcd comes back without its data, its revisions going backwards', async () => {
    for (let i = 0; i < 5; i++) await keys.put('a', { weight: i + 1 });
    const watched = keys.watch();
    await watched.sees(['a']);
    await etcd.kill();
    await etcd.wipe();
    await etcd.restart();
    await keys.put('b');
    await watched.sees(['b'], AFTER_RESTART);
    await keys.put('c');
    await watched.sees(['b', 'c']);
  });

  it('lists again when what it missed while disconnected is compacted away', async () => {
    const between = await keys.proxy();
    await keys.put('a');
    await keys.put('b');
    const watched = keys.watch({ hosts: `127.0.0.1:${between.port}` });
    await watched.sees(['a', 'b']);
    await between.down();
    between.set({ kind: 'reset' }, { connections: 'open' });
    await watched.error(/etcd/);
    await keys.delete('a');
    await keys.put('c');
    await etcd.api.compact(await keys.put('d'));
    await between.up();
    await watched.sees(['b', 'c', 'd'], AFTER_RESTART);
  });

  it('lists again when the revision to watch from is compacted before the watch stands', async () => {
    const between = await keys.proxy();
    // What etcd answers arrives at once; what it is asked, a moment later.
    between.set({ kind: 'delay', ms: 400 }, { direction: 'toServer' });
    await keys.put('a');
    const watched = keys.watch({ hosts: `127.0.0.1:${between.port}` });
    await watched.sees(['a'], AFTER_RESTART);
    await keys.delete('a');
    await keys.put('b');
    await etcd.api.compact(await keys.put('c'));
    await watched.sees(['b', 'c'], AFTER_RESTART);
    assert.equal(between.accepted, 2);
    assert.deepEqual(watched.errors, []);
    await keys.put('d');
    await watched.sees(['b', 'c', 'd']);
  });

  it('goes to the next member when one is gone or stuck', async () => {
    await keys.put('a');
    const [nobody] = await freePorts(1);
    const stuck = await keys.proxy();
    stuck.set({ kind: 'blackhole' });
    const hosts = [`127.0.0.1:${nobody}`, `127.0.0.1:${stuck.port}`, etcd.address];
    const watches = Array.from({ length: 6 }, () => keys.watch({ hosts }));
    await Promise.all(watches.map((watched) => watched.sees(['a'], { timeoutMs: 8_000 })));
  });

  it('notices a member that hangs by its silence', async function () {
    this.timeout(40_000);
    await keys.put('a');
    const between = await keys.proxy();
    const watched = keys.watch({ hosts: `127.0.0.1:${between.port}` });
    await watched.sees(['a']);
    between.set({ kind: 'blackhole' }, { connections: 'open' });
    await keys.put('b');
    await watched.sees(['a', 'b'], { timeoutMs: 20_000 });
    assert.equal(between.accepted, 2);
  });

  it('ends at once, and reports nothing, when it is stopped while connecting', async () => {
    const stuck = await keys.proxy();
    stuck.set({ kind: 'blackhole' });
    const watched = keys.watch({ hosts: `127.0.0.1:${stuck.port}` });
    await waitFor('a connection', () => stuck.accepted === 1);
    await watched.stop();
    assert.deepEqual(watched.errors, []);
  });

  it('ends at once when it is stopped while etcd is down', async () => {
    const [nobody] = await freePorts(1);
    const watched = keys.watch({ hosts: `127.0.0.1:${nobody}` });
    await watched.error(new RegExp(`^etcd .*Last error: .*ECONNREFUSED 127\\.0\\.0\\.1:${nobody}$`));
    await watched.stop();
  });

  it('leaves a cluster without endpoints unready, with the reason', async () => {
    const [nobody] = await freePorts(1);
    const cluster = (hosts: string) => {
      const made = new Cluster({
        discovery: etcdDiscovery({ hosts, prefix: keys.prefix }),
        connect: ({ id }) => sharedClient(id, { name: id }),
      });
      keys.cleanup.after(() => made.close());
      return made;
    };
    await assert.rejects(cluster(etcd.address).ready({ timeoutMs: 500 }), /the first list is empty/);
    await assert.rejects(cluster(`127.0.0.1:${nobody}`).ready({ timeoutMs: 500 }), /ECONNREFUSED/);
  });
});

describe('etcdDiscovery with a password', () => {
  let etcd: EtcdServer;

  before(async function () {
    etcd = await requireEtcd(this);
    await etcd.api.switchAuthOn('/services/', 'secret');
  });
  after(() => etcd?.stop());
  const keys = new EtcdFixture(() => etcd);
  const auth = { username: 'reader', password: 'secret' };

  it('reads and follows in the name of a user who may do no more', async () => {
    await keys.put('a');
    const watched = keys.watch({ auth });
    await watched.sees(['a']);
    await keys.put('b');
    await watched.sees(['a', 'b']);
    assert.deepEqual(watched.errors, []);
  });

  it('gets a new token when etcd has forgotten the old one', async () => {
    await keys.put('a');
    const watched = keys.watch({ auth });
    await watched.sees(['a']);
    await etcd.kill();
    await etcd.restart();
    await etcd.api.logIn('root', 'secret');
    await keys.put('b');
    await watched.sees(['a', 'b'], AFTER_RESTART);
  });

  it('reports a wrong password without showing it, and comes in once it is right', async () => {
    await keys.put('a');
    const watched = keys.watch({ auth: { username: 'reader', password: 'mistyped' } });
    await watched.error(/authentication failed/);
    assert.doesNotMatch(watched.messages.join(), /mistyped/);
    await etcd.api.changePassword('reader', 'mistyped');
    await watched.sees(['a']);
    await etcd.api.changePassword('reader', 'secret');
  });

  it('reports that a right was taken between the list and the watch, and comes in when it is given back', async () => {
    const between = await keys.proxy();
    between.set({ kind: 'delay', ms: 250 }, { direction: 'toServer' });
    await keys.put('a');
    const watched = keys.watch({ hosts: `127.0.0.1:${between.port}`, auth });
    await watched.sees(['a'], AFTER_RESTART);
    await etcd.api.call('/v3/auth/user/revoke', { name: 'reader', role: 'reading' });
    await watched.error(/the watch was refused: .*permission denied/);
    await etcd.api.call('/v3/auth/user/grant', { user: 'reader', role: 'reading' });
    await keys.put('b');
    await watched.sees(['a', 'b'], AFTER_RESTART);
  });

  it('reports that nobody, or somebody without the right, may read', async () => {
    await keys.watch().error(/user name is empty/);
    await keys.watch({ auth, prefix: '/other/' }).error(/permission denied/);
  });
});

describe('etcdDiscovery over TLS', () => {
  let etcd: EtcdServer;
  let certificates: TlsFixture;

  before(async function () {
    certificates = await tlsFixture();
    etcd = await requireEtcd(this, { tls: certificates });
  });
  after(() => etcd?.stop());
  const keys = new EtcdFixture(() => etcd);

  it('shows its certificate and follows', async () => {
    const { ca, client } = certificates;
    await keys.put('a');
    const byHost = keys.watch({ tls: { ca, ...client } });
    const byUrl = keys.watch({ hosts: `https://localhost:${etcd.port}/`, tls: { ca, ...client } });
    await byHost.sees(['a']);
    await byUrl.sees(['a']);
    await keys.put('b');
    await byHost.sees(['a', 'b']);
    await byUrl.sees(['a', 'b']);
  });

  it('verifies whom it talks to, under the name that it is told', async () => {
    const { client, ca } = certificates;
    await keys.put('a');
    await keys.watch({ tls: client }).error(/certificate/);
    await keys.watch({ tls: { ca, ...client, servername: 'other.example' } }).error(/other\.example/);
    await keys.watch({ tls: { ca, ...client, servername: 'localhost' } }).sees(['a']);
    await keys.watch({ tls: { ...client, rejectUnauthorized: false } }).sees(['a']);
    const trusting = { ca, ...client, servername: 'other.example', checkServerIdentity: () => undefined };
    await keys.watch({ tls: trusting }).sees(['a']);
  });

  it('reports that etcd wants a certificate, or TLS', async () => {
    await keys.watch({ tls: { ca: certificates.ca } }).error(/etcd 127\.0\.0\.1/);
    await keys.watch({ hosts: `http://${etcd.address}` }).error(/etcd 127\.0\.0\.1/);
  });
});
