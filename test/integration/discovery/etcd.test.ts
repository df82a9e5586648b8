import assert from 'node:assert/strict';
import { etcdDiscovery } from '../../../lib/discovery/etcd/index.js';
import { type EtcdServer, requireEtcd } from '../../support/etcd-server.js';
import { waitFor } from '../../support/wait-for.js';
import { EtcdFixture } from './etcd-fixture.js';

describe('etcdDiscovery', () => {
  let etcd: EtcdServer;

  before(async function () {
    etcd = await requireEtcd(this);
  });
  after(() => etcd?.stop());
  const keys = new EtcdFixture(() => etcd);

  it('lists the endpoints there are and follows what is put and deleted', async () => {
    await keys.put('b');
    await keys.put('a', { weight: 3, tags: ['x'], meta: { zone: 'z' } });
    const watched = keys.watch();
    await watched.sees(['a', 'b']);
    assert.deepEqual(watched.list, [
      { id: 'a', host: '10.0.0.1', port: 9090, weight: 3, tags: ['x'], meta: { zone: 'z' } },
      { id: 'b', host: '10.0.0.1', port: 9090 },
    ]);
    await keys.put('c');
    await watched.sees(['a', 'b', 'c']);
    await keys.delete('b');
    await watched.sees(['a', 'c']);
    assert.deepEqual(watched.errors, []);
  });

  it('follows a changed weight, and says nothing of a value written again', async () => {
    await keys.put('a', { weight: 1 });
    const watched = keys.watch();
    await watched.sees(['a']);
    await keys.put('a', { weight: 1 });
    await keys.put('a', { weight: 7 });
    await waitFor('the weight', () => watched.list?.[0]?.weight === 7, { timeoutMs: 2_000 });
    assert.equal(watched.lists.length, 2);
  });

  it('takes no other keys than those with the prefix', async () => {
    await keys.put('a');
    await etcd.api.put(`${keys.prefix.slice(0, -1)}-test/b`, { id: 'b' });
    await etcd.api.put(`${keys.prefix.slice(0, -1)}0`, { id: 'c' });
    const watched = keys.watch();
    await watched.sees(['a']);
    await etcd.api.put(`${keys.prefix.slice(0, -1)}-test/d`, { id: 'd' });
    await keys.put('e');
    await watched.sees(['a', 'e']);
    assert.equal(watched.lists.length, 2);
  });

  it('gives an empty list for a prefix without keys, and follows the first that comes', async () => {
    const watched = keys.watch();
    await watched.sees([]);
    await keys.put('a');
    await watched.sees(['a']);
  });

  it('drops an endpoint when its lease ends, and keeps one whose lease is kept', async () => {
    const [short, kept] = [await etcd.api.grantLease(1), await etcd.api.grantLease(2)];
    await keys.put('short', {}, short);
    await keys.put('kept', {}, kept);
    await keys.put('fixed');
    const watched = keys.watch();
    await watched.sees(['fixed', 'kept', 'short']);
    const keeping = setInterval(() => void etcd.api.keepAlive(kept).catch(() => {}), 300);
    try {
      await watched.sees(['fixed', 'kept'], { timeoutMs: 4_000 });
    } finally {
      clearInterval(keeping);
    }
    await watched.sees(['fixed'], { timeoutMs: 5_000 });
    assert.deepEqual(
      watched.lists.map((list) => list.length),
      [3, 2, 1],
    );
  });

  it('reports values that are no endpoints, and keeps what their keys held before', async () => {
    await keys.put('a');
    await etcd.api.put(`${keys.prefix}x`, 'not json');
    const watched = keys.watch();
    await watched.sees(['a']);
    await watched.error(/'\/services\/\d+\/x' is no endpoint: .*JSON/);
    await etcd.api.put(`${keys.prefix}y`, { host: '10.0.0.1' });
    await watched.error(/y' is no endpoint: option 'endpoint\.id'/);
    await etcd.api.put(`${keys.prefix}a`, { id: 'a', port: 'http' });
    await watched.error(/a' is no endpoint: option 'endpoint\.port'/);
    await keys.put('b');
    await watched.sees(['a', 'b']);
    assert.equal(watched.list?.[0]?.port, 9090);
    assert.equal(watched.errors[0]?.code, 'ERR_ETCD');
    await keys.delete('a');
    await watched.sees(['b']);
  });

  it('counts an endpoint that several keys name once, as the key written last says', async () => {
    const put = (key: string, weight: number) => etcd.api.put(keys.prefix + key, { id: 'a', weight });
    await put('lease-2', 1);
    await put('lease-1', 2);
    const watched = keys.watch();
    await watched.sees(['a']);
    assert.equal(watched.list?.[0]?.weight, 2);
    await put('lease-2', 3);
    await waitFor('the weight of the last key', () => watched.list?.[0]?.weight === 3);
    await keys.delete('lease-2');
    await waitFor('the weight of the key that is left', () => watched.list?.[0]?.weight === 2);
    assert.deepEqual(watched.errors, []);
  });

  it('closes its connection as soon as it is stopped', async () => {
    await keys.put('a');
    const before = await connections();
    const watched = keys.watch();
    await watched.sees(['a']);
    assert.equal(await connections(), before + 1);
    await watched.stop();
    await waitFor('the connection to be closed', async () => (await connections()) === before);
  });

  it('closes its connection when its reader has heard enough', async () => {
    await keys.put('a');
    const before = await connections();
    const source = etcdDiscovery({ hosts: etcd.address, prefix: keys.prefix });
    let lists = 0;
    for await (const list of source.watch(new AbortController().signal)) {
      lists++;
      if (list.length === 2) break;
      await keys.put('b');
    }
    assert.equal(lists, 2);
    await waitFor('the connection to be closed', async () => (await connections()) === before);
  });

  /** Connections that etcd has open, its own among them. */
  async function connections(): Promise<number> {
    const metrics = await (
      await fetch(`http://${etcd.address}/metrics`, { headers: { connection: 'close' } })
    ).text();
    return Number(/^process_open_fds (\S+)$/m.exec(metrics)?.[1]);
  }
});
