import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { microtasks, settled, useEndpoint } from './support/fake-endpoint.js';

describe('do', () => {
  const given = useEndpoint();
  const failure = new Error('call failed');

  it('refuses what is no function before it takes a connection', async () => {
    const pool = given.endpoint.pool();
    await assert.rejects(pool.do(undefined as never), { code: 'ERR_INVALID_OPTION', message: /'fn'/ });
    assert.equal(given.endpoint.dials.length, 0);
  });

  it('gives what fn gives, sync or async, and the client back', async () => {
    const pool = given.endpoint.pool();
    assert.equal(await pool.do((client) => client.id), 1);
    assert.equal(await pool.do(async (client) => `async ${client.id}`), 'async 1');
    assert.equal(pool.stats().idle, 1);
  });

  it('destroys the connection of a call that fails, and rethrows what it threw', async () => {
    const pool = given.endpoint.pool();
    await assert.rejects(
      pool.do(() => Promise.reject(failure)),
      failure,
    );
    assert.deepEqual(given.endpoint.reasons, ['broken']);
  });

  it('leaks nothing when fn throws synchronously', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    for (let i = 0; i < 3; i++) {
      await assert.rejects(
        pool.do(() => {
          throw failure;
        }),
        failure,
      );
    }
    assert.equal(pool.stats().inUse, 0);
  });

  it('keeps the connection when isBroken says that the error is none of its own', async () => {
    const judged: unknown[] = [];
    const pool = given.endpoint.pool({
      isBroken: (error, client) => {
        judged.push(error, client.id);
        return false;
      },
    });
    await assert.rejects(
      pool.do(() => Promise.reject(failure)),
      failure,
    );
    assert.deepEqual(judged, [failure, 1]);
    assert.equal(pool.stats().idle, 1);
    assert.equal(pool.isBroken(failure, { id: 1 }), false);
  });

  it('takes an isBroken that throws for broken, and loses no connection', async () => {
    const pool = given.endpoint.pool({
      maxActive: 1,
      isBroken: () => {
        throw new Error('bad judge');
      },
    });
    await assert.rejects(
      pool.do(() => Promise.reject(failure)),
      failure,
    );
    assert.deepEqual(given.endpoint.reasons, ['broken']);
    assert.equal(pool.stats().inUse, 0);
  });

  it('keeps the connection only when isBroken says false: no verdict is no proof', async () => {
    for (const verdict of [undefined, null, 0, '']) {
      const pool = given.endpoint.pool({ isBroken: () => verdict as unknown as boolean });
      assert.equal(pool.isBroken(failure, { id: 1 }), true, String(verdict));
    }
  });

  it('takes an isBroken that is async for broken, and hears its rejection', async () => {
    const isBroken = (async () => {
      throw new Error('too late');
    }) as unknown as () => boolean;
    const pool = given.endpoint.pool({ isBroken });
    await assert.rejects(
      pool.do(() => Promise.reject(failure)),
      failure,
    );
    await microtasks();
    assert.deepEqual(given.endpoint.reasons, ['broken']);
  });

  it('takes every error for broken without isBroken', () => {
    assert.equal(given.endpoint.pool().isBroken(failure, { id: 1 }), true);
  });

  it('rejects at once with the reason when its signal aborts, and destroys the connection', async () => {
    const pool = given.endpoint.pool({ isBroken: () => false });
    const controller = new AbortController();
    let finish: (() => void) | undefined;
    const call = pool.do(() => new Promise<void>((resolve) => (finish = resolve)), {
      signal: controller.signal,
    });
    await microtasks();
    controller.abort(failure);
    await assert.rejects(call, failure);
    assert.deepEqual(given.endpoint.reasons, ['broken']);
    assert.equal(getEventListeners(controller.signal, 'abort').length, 0);
    finish?.();
  });

  it('ignores what fn does after its signal has aborted', async () => {
    const pool = given.endpoint.pool();
    const controller = new AbortController();
    let fail: ((error: Error) => void) | undefined;
    const call = pool.do(() => new Promise<void>((_, reject) => (fail = reject)), {
      signal: controller.signal,
    });
    await microtasks();
    controller.abort(failure);
    await assert.rejects(call, failure);
    fail?.(new Error('late'));
    await microtasks();
  });

  it('leaves no listener on a signal that never aborts', async () => {
    const pool = given.endpoint.pool();
    const { signal } = new AbortController();
    await pool.do(() => 1, { signal });
    await assert.rejects(
      pool.do(
        () => {
          throw failure;
        },
        { signal },
      ),
      failure,
    );
    assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('gives the connection back unharmed when its signal aborts before fn runs', async () => {
    const pool = given.endpoint.pool({ maxActive: 1 });
    const transport = await pool.get();
    const controller = new AbortController();
    let ran = false;
    const call = pool.do(
      () => {
        ran = true;
      },
      { signal: controller.signal },
    );
    void transport.close();
    controller.abort(failure);
    assert.equal(await settled(call), failure);
    assert.equal(ran, false);
    assert.equal(pool.stats().idle, 1);
    assert.equal(given.endpoint.closes.length, 0);
  });
});
