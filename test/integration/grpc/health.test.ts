import assert from 'node:assert/strict';
import { status } from '@grpc/grpc-js';
import { grpcPool } from '../../../lib/clients/grpc/index.js';
import { DialError } from '../../../lib/pool/errors.js';
import { failureOf } from '../../support/failure-of.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { waitFor } from '../../support/wait-for.js';
import { addressOf, assertStatus, echoVia, promptly, withPool } from './fixture.js';
import { startTestbed, type Testbed } from './testbed.js';
import { LoadedTestbed } from './testbed-client.js';

const SERVING = 1;
const NOT_SERVING = 2;
const once = { dialRetryCount: 0 };

describe('heartbeats of gRPC connections', () => {
  let testbed: Testbed;
  let bare: Testbed;
  before(async () => {
    testbed = await startTestbed({ health: SERVING });
    bare = await startTestbed();
  });
  beforeEach(() => {
    testbed.health = SERVING;
    testbed.checks = 0;
  });
  after(() => {
    testbed.kill();
    bare.kill();
  });

  it('ask the health service before the first loan, and again when a connection was unused for long', () =>
    withPool(addressOf(testbed), { health: true, pool: { heartbeatIntervalMs: 0 } }, async (pool) => {
      await echoVia(pool, 'one');
      assert.equal(testbed.checks, 1);
      await echoVia(pool, 'two');
      assert.equal(testbed.checks, 2);
      assert.equal(pool.stats().dials, 1);
    }));

  it('ask for one service when it is named', () =>
    withPool(addressOf(testbed), { health: { service: 'my.Service' } }, async (pool) => {
      assert.equal(await echoVia(pool, 'hello'), 'hello');
      assert.equal(testbed.checks, 1);
    }));

  it('keep a server that is not serving from being lent', async () => {
    testbed.health = NOT_SERVING;
    await withPool(addressOf(testbed), { health: true, pool: once }, async (pool) => {
      const error = await failureOf(pool.get());
      assert.ok(error instanceof DialError);
      assert.match(error.message, /the server is not healthy: it reports NOT_SERVING/);
    });
  });

  it('say which service is not serving, or unknown', async () => {
    for (const [service, why] of [
      ['sick', /service 'sick' is not healthy: it reports NOT_SERVING/],
      ['unknown', /health service does not know service 'unknown'/],
    ] as const) {
      await withPool(addressOf(testbed), { health: { service }, pool: once }, async (pool) => {
        assert.match((await failureOf(pool.get())).message, why);
      });
    }
  });

  it('name a status they do not know by its number', async () => {
    testbed.health = 77;
    await withPool(addressOf(testbed), { health: true, pool: once }, async (pool) => {
      assert.match((await failureOf(pool.get())).message, /it reports status 77/);
    });
  });

  it('say so when the server has no health service', () =>
    withPool(addressOf(bare), { health: true, pool: once }, async (pool) => {
      assert.match((await failureOf(pool.get())).message, /has no grpc\.health\.v1\.Health service/);
    }));

  it('take a connection out when its server stops serving', () =>
    withPool(
      addressOf(testbed),
      { health: true, pool: { ...once, heartbeatIntervalMs: 0 } },
      async (pool) => {
        await echoVia(pool, 'hello');
        testbed.health = NOT_SERVING;
        await failureOf(pool.get());
        assert.equal(pool.stats().closed.heartbeat, 2, 'the old connection and the new one');
        assert.equal(pool.stats().open, 0);
      },
    ));

  it('find a connection dead that carries nothing any more, and are given up in time', async () => {
    await using proxy = await FaultProxy.start(testbed);
    const options = { health: true, pool: { heartbeatIntervalMs: 0, heartbeatTimeoutMs: 60 } } as const;
    await withPool(addressOf(proxy), options, async (pool) => {
      await echoVia(pool, 'hello');
      proxy.set({ kind: 'blackhole' }, { connections: 'open' });
      assert.equal(await promptly(echoVia(pool, 'over a new one')), 'over a new one');
      assert.equal(pool.stats().closed.heartbeat, 1);
      await proxy.close();
    });
  });

  it("are the channel's state without the option: nothing is asked", () =>
    withPool(addressOf(testbed), { pool: { heartbeatIntervalMs: 0 } }, async (pool) => {
      await echoVia(pool, 'hello');
      await echoVia(pool, 'hello');
      assert.equal(testbed.checks, 0);
      assert.equal(pool.stats().heartbeats, 2);
    }));
});

describe('a gRPC server that goes silent', () => {
  for (const health of [SERVING, undefined]) {
    const which = health === undefined ? 'without' : 'with';
    it(`is given up soon after a call ran out of time, ${which} a health service`, async () => {
      const testbed = await startTestbed(health === undefined ? {} : { health });
      try {
        await using proxy = await FaultProxy.start(testbed);
        const options = { requestTimeoutMs: 60, pool: { heartbeatTimeoutMs: 60 } };
        await withPool(addressOf(proxy), options, async (pool) => {
          await echoVia(pool, 'hello');
          proxy.set({ kind: 'blackhole' }, { connections: 'open' });
          await failureOf(echoVia(pool, 'into the void'));
          await waitFor('the connection leaves the pool', () => pool.stats().open === 0);
          assert.equal(await echoVia(pool, 'hello'), 'hello');
          await proxy.close();
        });
      } finally {
        testbed.kill();
      }
    });

    it(`costs one call for each of its connections, exclusive or shared, ${which} a health service`, async () => {
      const testbed = await startTestbed(health === undefined ? {} : { health });
      await using proxy = await FaultProxy.start(testbed);
      try {
        for (const streamsPerConnection of [undefined, 10]) {
          const options = { address: addressOf(proxy), requestTimeoutMs: 400, streamsPerConnection };
          const pool = grpcPool(LoadedTestbed, { ...options, pool: { maxActive: 1 } });
          await echoVia(pool, 'hello');
          proxy.set({ kind: 'blackhole' }, { connections: 'open' });
          await assertStatus(echoVia(pool, 'into the void'), status.DEADLINE_EXCEEDED);
          for (let i = 0; i < 3; i++) assert.equal(await echoVia(pool, `call ${i}`), `call ${i}`);
          assert.equal(pool.stats().closed.broken, 1);
          await pool.close();
        }
      } finally {
        testbed.kill();
      }
    });

    it(`keeps its connections when only one call was slow, ${which} a health service`, async () => {
      const testbed = await startTestbed(health === undefined ? {} : { health });
      try {
        await withPool(addressOf(testbed), { requestTimeoutMs: 40 }, async (pool) => {
          for (let i = 0; i < 3; i++) await failureOf(echoVia(pool, 'hang'));
          assert.equal(await echoVia(pool, 'hello'), 'hello');
          assert.equal(pool.stats().dials, 1);
          assert.equal(pool.stats().open, 1);
        });
      } finally {
        testbed.kill();
      }
    });
  }

  it('keeps its connections when nobody could read what it said', async () => {
    const testbed = await startTestbed();
    try {
      await withPool(addressOf(testbed), { requestTimeoutMs: 400 }, async (pool) => {
        await echoVia(pool, 'hello');
        const slow = assertStatus(echoVia(pool, 'hang'), status.DEADLINE_EXCEEDED);
        await new Promise((resolve) => setTimeout(resolve, 190));
        const until = performance.now() + 400;
        while (performance.now() < until); // the event loop stands still
        await slow;
        assert.equal(await echoVia(pool, 'hello'), 'hello');
        assert.equal(pool.stats().dials, 1);
      });
    } finally {
      testbed.kill();
    }
  });
});
