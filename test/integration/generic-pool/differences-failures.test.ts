import assert from 'node:assert/strict';
import { type Factory, TimeoutError } from '../../../lib/clients/generic-pool/index.js';
import { WaitTimeoutError } from '../../../lib/pool/errors.js';
import { Rig } from './rig.js';
import { createOriginal, createOurs, settle } from './twins.js';

/** A factory whose first `failures` creations fail, each time in the same way. */
function failing(failures: number, fail: () => Promise<never>) {
  const factory = {
    created: 0,
    create: () => (++factory.created <= failures ? fail() : Promise.resolve({ id: factory.created })),
    destroy: () => Promise.resolve(),
  };
  return factory;
}
const rejecting = () => Promise.reject(new Error('connection refused'));
const throwing = (): Promise<never> => {
  throw new Error('bad arguments');
};

describe('generic-pool, intended differences: failures', () => {
  it('rejects the acquire with what create failed with; the original calls create in a loop', async () => {
    const theirs = failing(500, rejecting);
    await createOriginal(theirs, {}).acquire();
    assert.equal(theirs.created, 501);

    const factory = failing(500, rejecting);
    const pool = createOurs(factory, {});
    const reported: unknown[] = [];
    pool.on('factoryCreateError', (error) => reported.push(error));
    const error = await pool.acquire().catch((reason: Error) => reason);
    assert.equal((error as Error).message, 'connection refused');
    assert.deepEqual(reported, [error], 'and still emits the very same error');
    assert.equal(factory.created, 1);
    assert.equal(pool.pending, 0);
    assert.equal(pool.size, 0);
  });

  it('makes at most one creation per call against a dead service and serves again when it is back', async () => {
    const factory = failing(20, rejecting);
    const pool = createOurs(factory, { max: 3 });
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => pool.acquire()));
    assert.ok(outcomes.every((outcome) => outcome.status === 'rejected'));
    assert.equal(factory.created, 20);
    assert.equal((await pool.acquire()).id, 21);
  });

  it('does not repeat a failed creation for min before something is destroyed or acquired', async () => {
    const factory = failing(1, rejecting);
    const pool = createOurs(factory, { max: 2, min: 1 });
    await settle();
    assert.equal(factory.created, 1);
    const thing = await pool.acquire();
    await pool.destroy(thing);
    await settle();
    assert.equal(pool.size, 1);
  });

  it('rejects the acquire when create throws; the original throws out of acquire and keeps a ghost waiting', async () => {
    const original = createOriginal(failing(1, throwing), {});
    assert.throws(() => void original.acquire(), /bad arguments/);
    assert.equal(original.pending, 1);

    const pool = createOurs(failing(1, throwing), {});
    await assert.rejects(pool.acquire(), /bad arguments/);
    assert.equal(pool.pending, 0);
    assert.equal((await pool.acquire()).id, 2);
  });

  it('makes a pool when create throws; the original throws out of createPool', async () => {
    assert.throws(() => createOriginal(failing(1, throwing), { min: 1 }), /bad arguments/);

    const pool = createOurs(failing(1, throwing), { min: 1 });
    const reported = new Promise((resolve) => pool.once('factoryCreateError', resolve));
    assert.equal(((await reported) as Error).message, 'bad arguments');
  });

  it('reports a destroy that throws; the original throws out of destroy and forgets min', async () => {
    const factory = { ...failing(0, rejecting), destroy: throwing };
    const original = createOriginal(factory, { min: 1 });
    const theirs = await original.acquire();
    assert.throws(() => void original.destroy(theirs), /bad arguments/);
    assert.equal(original.size, 0);

    const pool = createOurs(factory, { min: 1 });
    const reported = new Promise((resolve) => pool.once('factoryDestroyError', resolve));
    await pool.destroy(await pool.acquire());
    assert.equal(((await reported) as Error).message, 'bad arguments');
    assert.equal(pool.size, 1);
  });

  for (const [how, fail] of Object.entries({ rejects: rejecting, throws: throwing })) {
    it(`replaces a resource whose validate ${how}; the original loses its slot for good`, async () => {
      let broken = 0;
      const factory = {
        ...failing(0, rejecting),
        validate: ({ id }: { id: number }) => (id === broken ? fail() : Promise.resolve(true)),
      };
      const destroyed: number[] = [];
      factory.destroy = (async ({ id }: { id: number }) => void destroyed.push(id)) as () => Promise<void>;
      const pool = createOurs(factory as Factory<{ id: number }>, { max: 1, testOnBorrow: true });
      const thing = await pool.acquire();
      await pool.release(thing);
      broken = thing.id;
      const next = await pool.acquire();
      assert.equal(next.id, 2);
      assert.deepEqual(destroyed, [1]);
      await pool.release(next);
      assert.deepEqual([pool.size, pool.available], [1, 1]);
    });
  }

  it('rejects the acquire when a new resource is invalid; the original makes others until one is valid', async () => {
    const original = new Rig(
      createOriginal,
      { testOnBorrow: true },
      { hasValidate: true, invalid: new Set([1, 2, 3]) },
    );
    original.acquire();
    await settle();
    assert.equal(original.log.at(-1), 'acquire 1 -> #4');

    const rig = new Rig(
      createOurs,
      { testOnBorrow: true },
      { hasValidate: true, invalid: new Set([1, 2, 3]) },
    );
    rig.acquire();
    await settle();
    assert.equal(rig.log.filter((line) => line.startsWith('create')).length, 1);
    assert.ok(rig.log.includes('destroy #1'));
    assert.match(rig.log.at(-1)!, /^acquire 1 x HeartbeatError/);
    assert.equal(rig.pool.size, 0);
  });

  it('validates the other idle resources as soon as one turns out invalid; the original meets them one by one', async () => {
    const outcome = async (create: typeof createOurs) => {
      const rig = new Rig(create, { max: 3, testOnBorrow: true }, { hasValidate: true });
      for (let n = 0; n < 3; n++) rig.acquire();
      await settle();
      for (let n = 0; n < 3; n++) rig.giveBack('release', 0);
      rig.behaviour.invalid.add(1).add(3);
      rig.acquire();
      await settle();
      assert.equal(rig.log.at(-1), 'acquire 4 -> #2');
      return rig.log.filter((line) => /^destroy #\d$/.test(line));
    };
    assert.deepEqual(await outcome(createOriginal), ['destroy #1']);
    assert.deepEqual(await outcome(createOurs), ['destroy #1', 'destroy #3']);
  });

  it('validates what is made for min when it is made; the original when it is first lent', async () => {
    const validated = async (create: typeof createOurs) => {
      let count = 0;
      const factory: Factory<{ id: number }> = {
        ...failing(0, rejecting),
        validate: async () => ++count > 0,
      };
      create(factory, { max: 2, min: 2, testOnBorrow: true });
      await settle();
      return count;
    };
    assert.equal(await validated(createOriginal), 0);
    assert.equal(await validated(createOurs), 2);
  });

  it('does not make others for min when those just made are invalid', async () => {
    const invalid = new Set([1, 2, 3, 4]);
    const rig = new Rig(createOurs, { max: 2, min: 2, testOnBorrow: true }, { hasValidate: true, invalid });
    rig.wait('clear');
    await settle();
    const events = rig.log.filter((line) => line.startsWith('factoryCreateError'));
    assert.equal(events.length, 2);
    assert.match(events[0]!, /heartbeat returned false/);
    const others = rig.log.filter((line) => !line.startsWith('factoryCreateError'));
    assert.deepEqual(others, ['create #1', 'create #2', 'destroy #1', 'destroy #2', 'clear -> done']);
  });

  it('turns an error thrown by an event listener into a process warning', async () => {
    const { emitWarning } = process;
    const warnings: unknown[] = [];
    process.emitWarning = (warning: unknown) => void warnings.push(warning);
    try {
      const pool = createOurs(failing(1, rejecting), {});
      const bug = new Error('listener bug');
      pool.on('factoryCreateError', () => {
        throw bug;
      });
      await assert.rejects(pool.acquire(), /connection refused/);
      assert.deepEqual(warnings, [bug]);
    } finally {
      process.emitWarning = emitWarning;
    }
  });

  it('says in a TimeoutError what the pool was waiting for', async () => {
    const pool = createOurs(failing(1, rejecting), { acquireTimeoutMillis: 10 });
    await assert.rejects(pool.acquire());
    await pool.acquire();
    const error = await pool.acquire().catch((reason) => reason);
    assert.ok(error instanceof TimeoutError);
    assert.equal(error.code, 'ERR_WAIT_TIMEOUT');
    assert.ok(error.cause instanceof WaitTimeoutError);
    assert.equal(error.cause.stats.inUse, 1);
  });
});
