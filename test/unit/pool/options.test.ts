import assert from 'node:assert/strict';
import { ConnPool, ConnPoolError, InvalidOptionError } from '../../../lib/pool/index.js';
import { useEndpoint } from './support/fake-endpoint.js';

const hooks = { dial: () => ({}), close: () => {} };
const make = (options: object) => new ConnPool({ ...hooks, ...options } as never);

/** Values that each option refuses, with what the message must say is allowed. */
const refused: Record<string, [allowed: RegExp, ...values: unknown[]]> = {
  maxActive: [/an integer from 1, or Infinity/, 0, -1, 1.5, '10', Number.NaN, null, true, 5n],
  maxIdle: [/an integer from 0, or Infinity/, -1, 0.5, '1', null],
  minIdle: [/an integer from 0/, -1, Number.POSITIVE_INFINITY, '1'],
  wait: [/true or false/, 'yes', 1, null],
  maxOverflow: [/an integer from 0, or Infinity/, -1, '1'],
  maxWaiting: [/an integer from 0, or Infinity/, -1, '1'],
  waitTimeoutMs: [/a number of ms from 0 \(no limit\)/, -1, Number.NaN, '30s'],
  dialRetryCount: [/an integer from 0/, -1, 1.5, Number.POSITIVE_INFINITY],
  dialRetryDelayMs: [/a finite number of ms from 0/, -1, Number.POSITIVE_INFINITY],
  dialTimeoutMs: [/a number of ms above 0, or Infinity/, 0, -1, '5s'],
  maxDialing: [/an integer from 1, or Infinity/, 0],
  heartbeatIntervalMs: [/a number of ms from 0 \(before every loan\), or Infinity/, -1, 'often'],
  heartbeatTimeoutMs: [/a number of ms above 0, or Infinity/, 0],
  closeTimeoutMs: [/a number of ms above 0, or Infinity/, 0],
  idleTimeoutMs: [/a number of ms from 0 \(never\)/, -1],
  maxLifetimeMs: [/a number of ms from 0 \(never\)/, -1],
  maxUses: [/an integer from 1, or Infinity/, 0],
  idleOrder: [/'lifo' or 'fifo'/, 'random', 1],
  leakDetectionMs: [/a number of ms from 0 \(off\)/, -1],
  dial: [/a function/, undefined, {}, 'dial'],
  close: [/a function/, undefined, null],
  heartbeat: [/a function/, true, null],
  isBroken: [/a function/, true],
  name: [/a non-empty string/, '', 7],
};

describe('options', () => {
  const given = useEndpoint();

  for (const [name, [allowed, ...values]] of Object.entries(refused)) {
    it(`refuse a wrong ${name}, saying what it was and what is allowed`, () => {
      for (const value of values) {
        assert.throws(
          () => make({ [name]: value }),
          (error: InvalidOptionError) => {
            assert.ok(error instanceof InvalidOptionError && error instanceof ConnPoolError);
            assert.equal(error.code, 'ERR_INVALID_OPTION');
            assert.equal(error.name, 'InvalidOptionError');
            assert.equal(error.option, name);
            assert.equal(error.value, value);
            assert.match(error.message, allowed);
            assert.match(error.message, new RegExp(`option '${name}' must be .*, got `));
            return true;
          },
          String(value),
        );
      }
    });
  }

  it('say the value and its type in the message', () => {
    const told: [unknown, RegExp][] = [
      ['10', /got '10' \(string\)/],
      [0, /got 0 \(number\)/],
      [5n, /got 5n \(bigint\)/],
      [true, /got true \(boolean\)/],
      [null, /got null/],
      [[], /got an array/],
      [{}, /got an object/],
      [() => {}, /got a function/],
      [Symbol('x'), /got a symbol/],
    ];
    for (const [value, message] of told) assert.throws(() => make({ maxActive: value }), { message });
  });

  it('refuse unknown names, naming those that are known', () => {
    assert.throws(() => make({ maxactive: 5 }), {
      option: 'maxactive',
      message: /no such option.*maxActive/,
    });
    assert.throws(() => make({ toString: 1 }), { option: 'toString' });
  });

  it('refuse what is no object', () => {
    for (const options of [undefined, null, 'x']) {
      assert.throws(() => new ConnPool(options as never), { option: 'options' });
    }
  });

  it('refuse contradictions', () => {
    assert.throws(() => make({ minIdle: 3, maxIdle: 2 }), {
      option: 'minIdle',
      message: /at most maxIdle \(2\)/,
    });
    assert.throws(() => make({ minIdle: 3, maxActive: 2, maxIdle: 5 }), {
      message: /at most maxActive \(2\)/,
    });
  });

  it('take undefined for the default', () => {
    const pool = make({
      ...Object.fromEntries(Object.keys(refused).map((name) => [name, undefined])),
      ...hooks,
    });
    assert.equal(pool.stats().maxActive, 10);
    assert.equal(pool.stats().maxIdle, 10);
    assert.match(pool.name, /^pool-\d+$/);
  });

  it('let maxIdle follow maxActive', () => {
    assert.equal(make({ maxActive: 3 }).stats().maxIdle, 3);
  });

  it('are not altered, and a later change of the object changes nothing', async () => {
    const options = { ...hooks, maxActive: 1 };
    const pool = new ConnPool(options);
    options.maxActive = 5;
    assert.equal(pool.stats().maxActive, 1);
    assert.deepEqual(Object.keys(options), ['dial', 'close', 'maxActive']);
    await pool.close();
  });

  it('of get are checked, as a rejection', async () => {
    const pool = given.endpoint.pool();
    const wrong: [object, RegExp][] = [
      [{ timeoutMs: -1 }, /'timeoutMs' must be a number of ms from 0/],
      [{ timeoutMs: '1s' }, /timeoutMs/],
      [{ priority: Number.NaN }, /'priority' must be a finite number/],
      [{ signal: {} }, /'signal' must be an AbortSignal/],
      [{ signal: null }, /signal/],
      [{ signal: { aborted: false } }, /signal/],
      [5_000 as never, /'options' must be an object of signal, timeoutMs and priority, got 5000/],
      [null as never, /'options'/],
      [{ timeout: 5 }, /'timeout' must be left out.*signal, timeoutMs, priority/],
    ];
    for (const [options, message] of wrong) {
      await assert.rejects(pool.get(options as never), { code: 'ERR_INVALID_OPTION', message });
    }
    assert.equal(given.endpoint.dials.length, 0);
  });

  it('keep callbacks that stand on a prototype, with their this', async () => {
    class Redis {
      readonly #closed: number[] = [];
      get closed() {
        return this.#closed;
      }
      dial() {
        return { made: this.#closed.length };
      }
      heartbeat() {
        return this instanceof Redis;
      }
      close(client: { made: number }) {
        this.#closed.push(client.made);
      }
    }
    const redis = new Redis();
    const pool = new ConnPool<{ made: number }>(redis as never);
    await (await pool.get()).close(true);
    await (await pool.get()).close(true);
    assert.deepEqual(redis.closed, [0, 1]);
    assert.equal(pool.stats().heartbeats, 2);
  });

  it('hand meta to every callback', async () => {
    const seen: unknown[] = [];
    const meta = { region: 'north' };
    const pool = new ConnPool({
      meta,
      dial: (ctx) => {
        seen.push(ctx.meta);
        return {};
      },
      heartbeat: (_, ctx) => void seen.push(ctx.meta),
      close: (_, ctx) => void seen.push(ctx.meta),
    });
    await (await pool.get()).close(true);
    assert.deepEqual(seen, [meta, meta, meta]);
    await pool.close();
  });
});
