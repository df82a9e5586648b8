import assert from 'node:assert/strict';
import { Cluster, type ClusterOptions } from '../../../lib/cluster/index.js';
import type { TransportSource } from '../../../lib/pool/transport-source.js';
import { fakeCluster, settle } from './fake-cluster.js';
import { FakeSource } from './fake-source.js';

type Client = { readonly name: string };

/** A cluster of one source, whose transports are what `give` gives. */
function foreign(give: () => unknown, options: ClusterOptions<Client> = {}) {
  const source = {
    get: async () => give(),
    isBroken: () => true,
    stats: () => new FakeSource('foreign').stats(),
    close: async () => {},
  } as unknown as TransportSource<Client>;
  const cluster = new Cluster<Client>({ name: 'c', connect: () => source, ...options });
  cluster.addEndpoint({ id: 'a' });
  const closeErrors: unknown[] = [];
  cluster.on('closeError', ({ id }, error) => closeErrors.push(`${id}: ${(error as Error).message}`));
  return { cluster, closeErrors, node: () => cluster.stats().nodes[0]! };
}

const CLOSES = {
  throws: () => {
    throw new Error('close failed');
  },
  rejects: () => Promise.reject(new Error('close failed')),
};

describe('A source of clients of somebody else', () => {
  for (const [how, close] of Object.entries(CLOSES)) {
    const transport = () => ({ client: { name: 'x' }, close, markBroken() {} });

    it(`whose transport's close ${how} keeps the result of the call`, async () => {
      const { cluster, closeErrors, node } = foreign(transport);
      assert.equal(await cluster.do((client) => client.name), 'x');
      await settle();
      assert.deepEqual(closeErrors, ['a: close failed']);
      assert.deepEqual([node().inFlight, node().calls, node().failures], [0, 1, 0]);
      await cluster.removeEndpoint('a');
    });

    it(`whose transport's close ${how} keeps the error of the call`, async () => {
      const { cluster, closeErrors, node } = foreign(transport);
      await assert.rejects(
        cluster.do(() => Promise.reject(new Error('the answer'))),
        /the answer/,
      );
      await settle();
      assert.deepEqual(closeErrors, ['a: close failed']);
      assert.deepEqual([node().inFlight, node().failures], [0, 1]);
      await cluster.removeEndpoint('a');
    });

    it(`whose transport's close ${how} is given back by get() all the same`, async () => {
      const { cluster, closeErrors, node } = foreign(transport);
      const lent = await cluster.get();
      lent.markBroken();
      await lent.close();
      assert.deepEqual(closeErrors, ['a: close failed']);
      assert.deepEqual([node().inFlight, cluster.stats().running], [0, 0]);
    });

    it(`whose transport's close ${how} may give it too late`, async () => {
      let give: (transport: unknown) => void = () => {};
      const { cluster, closeErrors } = foreign(() => new Promise((resolve) => (give = resolve)));
      const controller = new AbortController();
      const call = cluster.do(() => 1, { signal: controller.signal });
      await settle();
      controller.abort(new Error('enough'));
      await assert.rejects(call, /enough/);
      give(transport());
      await settle();
      assert.deepEqual(closeErrors, ['a: close failed']);
    });
  }

  for (const nothing of [undefined, null, 1, {}]) {
    it(`that gives ${JSON.stringify(nothing)} instead of a transport has failed`, async () => {
      for (const options of [{}, { timeoutMs: 100 }]) {
        const { cluster, node } = foreign(() => nothing, { breaker: { maxFails: 1 } });
        await assert.rejects(
          cluster.do(() => 1, options),
          (error: Error) => {
            assert.match((error.cause as Error).message, /a transport/);
            return (error as Error & { code: string }).code === 'ERR_NO_AVAILABLE_CLIENT';
          },
        );
        assert.deepEqual([node().inFlight, node().breaker, cluster.stats().running], [0, 'open', 0]);
        await cluster.removeEndpoint('a');
      }
    });
  }

  it('whose client cannot be read has failed', async () => {
    const { cluster, node } = foreign(() => ({
      get client() {
        throw new Error('no client');
      },
      close: async () => {},
    }));
    await assert.rejects(
      cluster.do(() => 1),
      /no client/,
    );
    assert.deepEqual([node().inFlight, node().failures], [0, 0]);
    assert.equal(node().lastError, 'no client');
  });

  it('lends its client for good', async () => {
    const { cluster, source } = fakeCluster(['a']);
    const transport = await cluster.get();
    assert.equal(transport.detach().node, 'a');
    assert.equal(source('a').lent, 0);
    const other = await cluster.get();
    await other[Symbol.asyncDispose]();
    assert.equal(source('a').lent, 0);
  });

  const whole = { get() {}, isBroken() {}, stats() {}, close() {} };
  for (const [what, given, missing] of [
    ['nothing', undefined, 'get, isBroken, stats, close'],
    ['null', null, 'get, isBroken, stats, close'],
    ['a promise', Promise.resolve(whole), 'get, isBroken, stats, close'],
    ['only get', { get() {} }, 'isBroken, stats, close'],
    ['no stats', { ...whole, stats: undefined }, 'stats'],
    ['a close that is no method', { ...whole, close: true }, 'close'],
  ] as const) {
    it(`is refused by what it lacks: ${what}`, () => {
      const cluster = new Cluster({ connect: () => given as never });
      assert.throws(
        () => cluster.addEndpoint({ id: 'a' }),
        (error: Error & { option: string }) => {
          assert.ok(error.message.includes(`lacks ${missing}`), error.message);
          return error.option === 'connect';
        },
      );
      assert.equal(cluster.stats().nodes.length, 0);
    });
  }
});
