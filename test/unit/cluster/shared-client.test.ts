import assert from 'node:assert/strict';
import { type Clock, install } from '@sinonjs/fake-timers';
import { Cluster } from '../../../lib/cluster/index.js';
import { sharedClient } from '../../../lib/pool/shared-client.js';
import { settle } from './fake-cluster.js';

describe('sharedClient', () => {
  let clock: Clock;
  beforeEach(() => {
    clock = install();
  });
  afterEach(() => clock.uninstall());

  it('lends the one client to all borrowers at once', async () => {
    const client = {};
    const source = sharedClient(client, { name: 'http' });
    const transports = await Promise.all([source.get(), source.get({ timeoutMs: 1 }), source.get()]);
    for (const transport of transports) assert.equal(transport.client, client);
    assert.deepEqual(
      { ...source.stats() },
      {
        name: 'http',
        state: 'open',
        open: 1,
        idle: 0,
        inUse: 1,
        checking: 0,
        dialing: 0,
        closing: 0,
        waiting: 0,
        maxActive: 1,
        maxIdle: 1,
      },
    );
    for (const transport of transports) await transport.close();
    assert.deepEqual([source.stats().idle, source.stats().inUse], [1, 0]);
  });

  it('is never broken', async () => {
    const source = sharedClient({});
    assert.equal(source.isBroken(), false);
    const transport = await source.get();
    transport.markBroken(new Error('x'));
    await transport.close(true);
    assert.equal(source.stats().open, 1);
  });

  it('takes the client away from a transport that was given back', async () => {
    const source = sharedClient({ id: 1 });
    const transport = await source.get();
    const other = await source.get();
    await transport.close();
    await transport.close();
    assert.throws(() => transport.client, { code: 'ERR_TRANSPORT_CLOSED' });
    assert.throws(() => transport.detach(), { code: 'ERR_TRANSPORT_CLOSED' });
    assert.equal(source.stats().inUse, 1);
    assert.deepEqual(other.detach(), { id: 1 });
    assert.equal(source.stats().inUse, 0);
    await (await source.get())[Symbol.asyncDispose]();
    assert.equal(source.stats().inUse, 0);
  });

  it('closes the client once, after the last borrower gave it back', async () => {
    const closed: unknown[] = [];
    const client = {};
    const source = sharedClient(client, { close: (c) => closed.push(c) });
    const transports = [await source.get(), await source.get()];
    const closing = source.close();
    assert.equal(source.stats().state, 'closing');
    await assert.rejects(source.get(), { code: 'ERR_POOL_CLOSED' });
    await transports[0]!.close();
    await settle();
    assert.deepEqual(closed, []);
    await transports[1]!.close();
    await closing;
    assert.equal(source.close(), closing);
    assert.deepEqual(closed, [client]);
    assert.deepEqual([source.stats().state, source.stats().open], ['closed', 0]);
  });

  it('waits for borrowers no longer than timeoutMs', async () => {
    const source = sharedClient({});
    const transport = await source.get();
    const closing = source.close({ timeoutMs: 100 });
    await clock.tickAsync(99);
    assert.equal(source.stats().state, 'closing');
    await clock.tickAsync(1);
    await closing;
    assert.throws(() => transport.client, { code: 'ERR_TRANSPORT_CLOSED' });
    await transport.close();
    const inTime = sharedClient({});
    const loan = await inTime.get();
    const closed = inTime.close({ timeoutMs: 100 });
    await loan.close();
    await closed;
    assert.equal(clock.countTimers(), 0);
    await assert.rejects(sharedClient({}).close({ timeoutMs: -1 }), { option: 'timeoutMs' });
  });

  it('gives borrowers less time when a later call says so, never more', async () => {
    const source = sharedClient({});
    await source.get();
    const closing = source.close({ timeoutMs: 100 });
    assert.equal(source.close({ timeoutMs: 20 }), closing);
    void source.close({ timeoutMs: 500 });
    await clock.tickAsync(19);
    assert.equal(source.stats().state, 'closing');
    await clock.tickAsync(1);
    await closing;
    void source.close({ timeoutMs: 100 });
    assert.equal(clock.countTimers(), 0);
  });

  it('rejects its close when the callback fails or hangs', async () => {
    const failing = sharedClient({}, { close: () => Promise.reject(new Error('stuck')) });
    await assert.rejects(failing.close(), /stuck/);
    const hanging = sharedClient({}, { close: () => new Promise(() => {}), closeTimeoutMs: 50 });
    const rejected = assert.rejects(hanging.close(), { code: 'ERR_CLOSE_TIMEOUT' });
    await clock.tickAsync(50);
    await rejected;
  });

  it('honours a signal that is aborted already and refuses options that are not valid', async () => {
    const source = sharedClient({});
    await assert.rejects(source.get({ signal: AbortSignal.abort(new Error('enough')) }), /enough/);
    await assert.rejects(source.get({ timeoutMs: -1 }), { option: 'timeoutMs' });
    for (const [options, option] of [
      [{ name: '' }, 'name'],
      [{ close: 1 }, 'close'],
      [{ closeTimeoutMs: 0 }, 'closeTimeoutMs'],
      [{ maxActive: 1 }, 'maxActive'],
      [null, 'options'],
    ] as const) {
      assert.throws(() => sharedClient({}, options as never), { code: 'ERR_INVALID_OPTION', option });
    }
    assert.match(sharedClient({}, { name: undefined }).name, /^shared-\d+$/);
  });

  it('can be what connect gives', async () => {
    const cluster = new Cluster<{ id: string }>({ connect: ({ id }) => sharedClient({ id }) });
    cluster.addEndpoint({ id: 'a' });
    assert.equal(await cluster.do((client, call) => (call.client === client ? client.id : '')), 'a');
    await cluster.close();
  });

  it('that was closed behind the back of its cluster is passed over', async () => {
    const sources = [sharedClient('a'), sharedClient('b')];
    let next = 0;
    const cluster = new Cluster<string>({ connect: () => sources[next++]! });
    cluster.addEndpoint({ id: 'a' });
    cluster.addEndpoint({ id: 'b' });
    await sources[0]!.close();
    for (let i = 0; i < 4; i++) assert.equal(await cluster.do((client) => client), 'b');
    assert.equal(cluster.stats().nodes[0]!.state, 'healthy');
  });
});
