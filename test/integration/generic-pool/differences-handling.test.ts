import assert from 'node:assert/strict';
import { plain } from './plain-factory.js';
import type { EitherPool, Thing } from './rig.js';
import { createOriginal, createOurs, settle } from './twins.js';

describe('generic-pool, intended differences: handling', () => {
  it('destroys the resource of a use() whose work throws; the original never gets it back', async () => {
    const throwing = () => {
      throw new Error('thrown, not rejected');
    };
    const original = createOriginal(plain().factory, {});
    await assert.rejects(original.use(throwing), /thrown, not rejected/);
    assert.equal(original.borrowed, 1);

    const { factory, destroyed } = plain();
    const pool = createOurs(factory, {});
    await assert.rejects(pool.use(throwing), /thrown, not rejected/);
    assert.equal(pool.borrowed, 0);
    assert.deepEqual(destroyed, [1]);
  });

  it('takes work that returns no promise; the original rejects and never gets the resource back', async () => {
    const original = createOriginal(plain().factory, {});
    await assert.rejects(
      original.use(() => 5),
      TypeError,
    );
    assert.equal(original.borrowed, 1);

    const pool = createOurs(plain().factory, {});
    assert.equal(await pool.use(() => 5), 5);
    assert.equal(pool.available, 1);
  });

  it('ends its own loan after use(), never the loan of another; the original ends whatever there is', async () => {
    const givesBackItself = async (pool: EitherPool) => {
      await pool.use(async (thing) => {
        await pool.release(thing);
        assert.equal(await pool.acquire(), thing);
      });
      return pool.borrowed;
    };
    assert.equal(await givesBackItself(createOriginal(plain().factory, {})), 0);
    assert.equal(await givesBackItself(createOurs(plain().factory, {})), 1);

    const pool = createOurs(plain().factory, {});
    const failing = pool.use(async (thing) => {
      await pool.destroy(thing);
      throw new Error('after destroying it');
    });
    await assert.rejects(failing, /after destroying it/);
    assert.equal(pool.size, 0);
  });

  it('forgets what clear() destroys; the original goes on lending it', async () => {
    const cleared = async (pool: EitherPool) => {
      await pool.release(await pool.acquire());
      await pool.clear();
      const { available } = pool;
      return { available, next: (await pool.acquire()).id };
    };
    assert.deepEqual(await cleared(createOriginal(plain().factory, {})), { available: 1, next: 1 });
    assert.deepEqual(await cleared(createOurs(plain().factory, {})), { available: 0, next: 2 });
  });

  it('does not destroy what was given to a waiting call in the moment of clear()', async () => {
    const { factory, destroyed } = plain();
    const pool = createOurs(factory, { max: 1 });
    const thing = await pool.acquire();
    const waiting = pool.acquire();
    const released = pool.release(thing);
    const cleared = pool.clear();
    await Promise.all([released, cleared]);
    assert.equal(await waiting, thing);
    await pool.release(thing);
    assert.deepEqual(destroyed, []);
    assert.equal(pool.available, 1);
  });

  it('does not destroy in clear() what a destroy callback has just borrowed', async () => {
    let borrowed: Promise<Thing> | undefined;
    const { factory, destroyed } = plain();
    const pool = createOurs(
      {
        ...factory,
        destroy: (thing) => {
          borrowed ??= pool.acquire();
          return factory.destroy(thing);
        },
      },
      { max: 2, min: 2 },
    );
    await settle();
    await pool.clear();
    const thing = await borrowed;
    assert.deepEqual([thing?.id, destroyed], [2, [1]]);
    await pool.release(thing!);
    assert.deepEqual(destroyed, [1]);
  });

  it('keeps no hold on what it has destroyed', async () => {
    const { factory } = plain();
    const pool = createOurs(factory, { max: 1 });
    const inPool = async () => {
      const thing = await pool.acquire();
      await pool.release(thing);
      return new WeakRef(thing);
    };
    const ref = await inPool();
    await pool.clear();
    await settle();
    globalThis.gc?.();
    await settle();
    assert.equal(ref.deref(), undefined);
    assert.equal(pool.size, 0);
  });

  describe('testOnReturn, which has no effect in the original', () => {
    const verdicts: [string, () => Promise<boolean>, number][] = [
      ['keeps what is valid', async () => true, 1],
      ['destroys what is invalid', async () => false, 0],
      ['destroys what validate rejects for', () => Promise.reject(new Error('broken')), 0],
    ];
    for (const [title, validate, available] of verdicts) {
      it(title, async () => {
        const original = createOriginal(plain({ validate }).factory, { testOnReturn: true });
        await original.release(await original.acquire());
        assert.equal(original.available, 1);

        const { factory, destroyed } = plain({ validate });
        const pool = createOurs(factory, { testOnReturn: true });
        const released = pool.release(await pool.acquire());
        assert.deepEqual([pool.borrowed, pool.available, pool.size], [0, 0, 1]);
        await released;
        assert.deepEqual([pool.borrowed, pool.available], [0, available]);
        assert.equal(destroyed.length, 1 - available);
      });
    }

    it('lends the next call nothing that is under validation, and drain() waits for it', async () => {
      let answer!: (valid: boolean) => void;
      const validate = () => new Promise<boolean>((resolve) => (answer = resolve));
      const pool = createOurs(plain({ validate }).factory, { testOnReturn: true });
      const thing = await pool.acquire();
      const released = pool.release(thing);
      await assert.rejects(pool.release(thing), /not currently part of this pool/);
      const next = pool.acquire();
      await settle();
      assert.equal(pool.pending, 1);
      answer(true);
      await released;
      assert.equal(await next, thing);
      const last = pool.release(thing);
      let drained = false;
      const draining = pool.drain().then(() => {
        drained = true;
      });
      await settle();
      assert.equal(drained, false);
      answer(true);
      await Promise.all([last, draining]);
    });
  });

  it('keeps apart two resources that are the same value; the original loses one', async () => {
    const shared = { id: 1 };
    const twice = async (pool: EitherPool) => {
      await pool.acquire();
      await pool.acquire();
      const { borrowed } = pool;
      await pool.release(shared);
      const second = await pool.release(shared).then(
        () => 'done',
        (error: Error) => error.message,
      );
      return { borrowed, second, available: pool.available };
    };
    const { factory } = plain({ create: async () => shared });
    assert.deepEqual(await twice(createOriginal(factory, { max: 2 })), {
      borrowed: 1,
      second: 'Resource not currently part of this pool',
      available: 1,
    });
    assert.deepEqual(await twice(createOurs(factory, { max: 2 })), {
      borrowed: 2,
      second: 'done',
      available: 2,
    });
  });

  it('lends resources made in the same moment in the order they were made, whatever fifo says', async () => {
    const first = async (create: typeof createOurs) =>
      (await create(plain().factory, { max: 2, min: 2, fifo: false }).acquire()).id;
    assert.equal(await first(createOriginal), 2);
    assert.equal(await first(createOurs), 1);
  });
});
