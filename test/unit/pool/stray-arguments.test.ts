import assert from 'node:assert/strict';
import { InvalidOptionError } from '../../../lib/pool/index.js';
import { settled, useEndpoint } from './support/fake-endpoint.js';

describe('an argument that is none', () => {
  const given = useEndpoint();

  const refusal = (option: string, message: RegExp) => (error: unknown) => {
    assert.ok(error instanceof InvalidOptionError, String(error));
    assert.equal(error.code, 'ERR_INVALID_OPTION');
    assert.equal(error.option, option);
    assert.match(error.message, message);
    return true;
  };

  for (const [what, stray] of [
    ['a number', 5_000],
    ['null', null],
    ['a function', () => {}],
    ['a string', 'soon'],
  ] as const) {
    it(`of get is refused: ${what}`, async () => {
      const pool = given.endpoint.pool();
      await assert.rejects(pool.get(stray as never), InvalidOptionError);
      assert.equal(given.endpoint.dials.length, 0);
    });

    it(`of close is refused: ${what}`, async () => {
      const pool = given.endpoint.pool();
      await assert.rejects(async () => pool.close(stray as never), InvalidOptionError);
      assert.equal(pool.stats().state, 'open', 'nothing has begun');
    });
  }

  it('of get is refused when it only looks like a signal', async () => {
    const pool = given.endpoint.pool();
    await assert.rejects(
      pool.get({ signal: { aborted: false } as never }),
      refusal('signal', /an AbortSignal/),
    );
  });

  it('of close is refused by name when there is no such option', async () => {
    const pool = given.endpoint.pool();
    const transport = await pool.get();
    const closed = pool.close({ timeout: 5 } as never);
    assert.notEqual(
      await settled(closed),
      'pending',
      'a misspelt deadline must not be waited for in silence',
    );
    await assert.rejects(closed, refusal('timeout', /timeoutMs/));
    await transport.close();
  });

  it('of close is refused when it is no number of ms', async () => {
    const pool = given.endpoint.pool();
    for (const timeoutMs of [-1, Number.NaN, '5', null]) {
      await assert.rejects(pool.close({ timeoutMs } as never), refusal('timeoutMs', /a number of ms from 0/));
    }
  });

  it('of warmUp is refused when it is endless', async () => {
    const pool = given.endpoint.pool();
    await assert.rejects(pool.warmUp(Number.POSITIVE_INFINITY), refusal('count', /an integer from 0/));
  });

  it('of do is refused before a connection is taken', async () => {
    const pool = given.endpoint.pool();
    await assert.rejects(pool.do(undefined as never), refusal('fn', /a function/));
    await assert.rejects(
      pool.do(() => 1, 500 as never),
      InvalidOptionError,
    );
    assert.deepEqual([given.endpoint.dials.length, pool.stats().inUse], [0, 0]);
  });
});
