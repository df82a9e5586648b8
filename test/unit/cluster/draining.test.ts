import assert from 'node:assert/strict';
import { fakeCluster, gate, settle } from './fake-cluster.js';

describe('Cluster.removeEndpoint', () => {
  it('lets calls in flight finish, then closes the source, and sends no new call there', async () => {
    const { cluster, source, state, events } = fakeCluster(['a', 'b']);
    const hold = gate();
    const call = cluster.do(() => hold.promise, { endpointId: 'a' });
    await settle();
    let removed = false;
    const removal = cluster.removeEndpoint('a').then(() => {
      removed = true;
    });
    await settle();
    assert.equal(removed, false);
    assert.equal(state('a'), 'draining');
    assert.equal(source('a').closeCalls.length, 0);
    for (let i = 0; i < 5; i++) assert.equal(await cluster.do((c) => c.node), 'b');
    await assert.rejects(
      cluster.do(() => 1, { endpointId: 'a' }),
      { code: 'ERR_NO_AVAILABLE_CLIENT' },
    );
    hold.resolve();
    await call;
    await removal;
    assert.deepEqual(source('a').closeCalls, [undefined]);
    assert.equal(state('a'), undefined);
    assert.deepEqual(events.slice(4), ['nodeRemoved a', 'nodeClosed a']);
  });

  it('waits for a call that middleware holds back, which then goes elsewhere', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const hold = gate();
    cluster.use(async (_call, next) => {
      await hold.promise;
      return next();
    });
    const call = cluster.do((c) => c.node);
    await settle();
    const removal = cluster.removeEndpoint('a');
    cluster.addEndpoint({ id: 'b' });
    await settle();
    assert.equal(source('a').closeCalls.length, 0);
    hold.resolve();
    assert.equal(await call, 'b');
    await removal;
    assert.equal(source('a').gets.length, 0);
  });

  it('waits for transports of get()', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const transport = await cluster.get();
    const removal = cluster.removeEndpoint('a');
    await settle();
    assert.equal(source('a').closeCalls.length, 0);
    await transport.close();
    await removal;
    assert.equal(source('a').closeCalls.length, 1);
  });

  it('frees the id at once: a new node of that id takes calls while the old one drains', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const old = source('a');
    const hold = gate();
    const call = cluster.do(() => hold.promise);
    await settle();
    const removal = cluster.removeEndpoint('a');
    cluster.addEndpoint({ id: 'a' });
    assert.notEqual(source('a'), old);
    assert.equal(await cluster.do((c) => c.node), 'a');
    assert.equal(source('a').gets.length, 1);
    assert.deepEqual(
      cluster.stats().nodes.map((n) => `${n.id} ${n.state}`),
      ['a healthy', 'a draining'],
    );
    hold.resolve();
    await call;
    await removal;
    assert.equal(old.closeCalls.length, 1);
    assert.equal(source('a').closeCalls.length, 0);
  });

  it('resolves with the drain under way when it is asked again, and at once for an unknown id', async () => {
    const { cluster, source } = fakeCluster(['a']);
    await cluster.removeEndpoint('nobody');
    const transport = await cluster.get();
    void cluster.removeEndpoint('a');
    let second = false;
    const again = cluster.removeEndpoint('a').then(() => {
      second = true;
    });
    await settle();
    assert.equal(second, false);
    await transport.close();
    await again;
    assert.equal(source('a').closeCalls.length, 1);
  });

  it('removes shared clients too and closes them after their last call', async () => {
    const { cluster } = fakeCluster([]);
    const closed: string[] = [];
    cluster.addClient({ node: 'x', number: 0 }, { id: 'x', close: (client) => closed.push(client.node) });
    const hold = gate();
    const call = cluster.do(() => hold.promise);
    await settle();
    const removal = cluster.removeEndpoint('x');
    await settle();
    assert.deepEqual(closed, []);
    hold.resolve();
    await call;
    await removal;
    assert.deepEqual(closed, ['x']);
  });

  it('resolves and reports it when closing the source fails', async () => {
    const { cluster, source, events } = fakeCluster(['a']);
    source('a').closeFailure = new Error('stuck');
    await cluster.removeEndpoint('a');
    assert.deepEqual(events.slice(2), ['nodeRemoved a', 'closeError a', 'nodeClosed a']);
  });

  it('ignores what late calls of a drained node say about its health', async () => {
    const { cluster, events } = fakeCluster(['a', 'b'], {
      breaker: { maxFails: 1 },
      panicThreshold: 0.5,
      outlier: {},
    });
    const hold = gate();
    const call = cluster.do(() => hold.promise, { endpointId: 'a' });
    await settle();
    const removal = cluster.removeEndpoint('a');
    hold.reject(new Error('down'));
    await assert.rejects(call, /down/);
    await removal;
    assert.equal(cluster.stats().panicking, false);
    assert.equal(await cluster.do((c) => c.node), 'b');
    assert.ok(!events.includes('nodeEjected a') && !events.includes('breakerOpen a'));
  });
});

describe('Cluster.addEndpoint and addClient', () => {
  it('refuse an id that is taken', () => {
    const { cluster } = fakeCluster(['a']);
    assert.throws(() => cluster.addEndpoint({ id: 'a' }), {
      code: 'ERR_INVALID_OPTION',
      message: /'id'.*'a'/,
    });
    assert.throws(() => cluster.addClient({ node: 'a', number: 1 }, { id: 'a' }), {
      code: 'ERR_INVALID_OPTION',
    });
  });

  it('mix shared clients and pooled endpoints at will', async () => {
    const { cluster } = fakeCluster(['pooled']);
    cluster.addClient({ node: 'shared', number: 0 }, { id: 'shared' });
    const seen = new Set<string>();
    for (let i = 0; i < 2; i++) seen.add(await cluster.do((c) => c.node));
    assert.deepEqual([...seen].sort(), ['pooled', 'shared']);
  });

  it('take a missing weight, and one that is not above 0, for 1', () => {
    const { cluster } = fakeCluster([]);
    cluster.addEndpoint({ id: 'a', weight: 0 });
    cluster.addEndpoint({ id: 'b', weight: -3 });
    cluster.addEndpoint({ id: 'c', weight: 2.5 });
    cluster.addClient({ node: 'd', number: 0 }, { id: 'd', weight: 7 });
    cluster.addClient({ node: 'e', number: 0 }, { id: 'e' });
    assert.deepEqual(
      cluster.stats().nodes.map((n) => n.weight),
      [1, 1, 2.5, 7, 1],
    );
  });

  it('refuse endpoints and options that are not valid, naming the field', () => {
    const { cluster } = fakeCluster([]);
    const cases: [unknown, string][] = [
      [undefined, 'endpoint'],
      [[], 'endpoint'],
      [{}, 'endpoint.id'],
      [{ id: '' }, 'endpoint.id'],
      [{ id: 'a', port: 70_000 }, 'endpoint.port'],
      [{ id: 'a', host: 5 }, 'endpoint.host'],
      [{ id: 'a', weight: Number.NaN }, 'endpoint.weight'],
      [{ id: 'a', tags: [1] }, 'endpoint.tags'],
      [{ id: 'a', meta: { a: 1 } }, 'endpoint.meta'],
    ];
    for (const [endpoint, option] of cases) {
      assert.throws(() => cluster.addEndpoint(endpoint as never), { code: 'ERR_INVALID_OPTION', option });
    }
    const client = { node: 'a', number: 0 };
    for (const options of [{}, { id: 1 }, { id: 'a', wait: 1 }, { id: 'a', close: 1 }, undefined]) {
      assert.throws(() => cluster.addClient(client, options as never), { code: 'ERR_INVALID_OPTION' });
    }
  });

  it('need connect for endpoints, and a source from it', () => {
    const without = fakeCluster([], { connect: undefined });
    assert.throws(() => without.cluster.addEndpoint({ id: 'a' }), { option: 'connect' });
    const wrong = fakeCluster([], { connect: (() => ({})) as never });
    assert.throws(() => wrong.cluster.addEndpoint({ id: 'a' }), { option: 'connect' });
    const failing = fakeCluster([], {
      connect: () => {
        throw new Error('no such protocol');
      },
    });
    assert.throws(() => failing.cluster.addEndpoint({ id: 'a' }), /no such protocol/);
    assert.deepEqual(failing.cluster.stats().nodes, []);
  });
});
