import assert from 'node:assert/strict';
import { createPool, type Factory, type Options } from '../../../../lib/clients/generic-pool/index.js';
import { resolveSettings } from '../../../../lib/clients/generic-pool/pool-settings.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';

const factory = { create: async () => 1, destroy: async () => {} };
const testable: Factory<number> = { ...factory, validate: async () => true };

/** Options as a JavaScript caller may pass them. */
const loose = (options: Record<string, unknown>) => options as Options;

describe('generic-pool options', () => {
  let warnings: string[];
  const { emitWarning } = process;
  beforeEach(() => {
    warnings = [];
    process.emitWarning = (message: unknown) => void warnings.push(String(message));
  });
  afterEach(() => {
    process.emitWarning = emitWarning;
  });

  it('have the defaults of generic-pool', () => {
    for (const options of [undefined, null, {}]) {
      assert.deepEqual(resolveSettings(factory, options), {
        max: 1,
        min: 0,
        maxWaitingClients: Infinity,
        testOnBorrow: false,
        testOnReturn: false,
        acquireTimeoutMillis: 0,
        destroyTimeoutMillis: Infinity,
        fifo: true,
        priorityRange: 1,
        autostart: true,
        evictionRunIntervalMillis: 0,
        numTestsPerEvictionRun: 3,
        softIdleTimeoutMillis: -1,
        idleTimeoutMillis: 30_000,
        Promise,
      });
    }
    assert.deepEqual(warnings, []);
  });

  it('may hold numbers as strings', () => {
    const settings = resolveSettings(
      factory,
      loose({
        max: '5',
        min: '2',
        maxWaitingClients: '3',
        acquireTimeoutMillis: '250',
        destroyTimeoutMillis: '99',
        priorityRange: '4',
        evictionRunIntervalMillis: '10',
        numTestsPerEvictionRun: '7',
        softIdleTimeoutMillis: '20',
        idleTimeoutMillis: '30',
      }),
    );
    const { max, min, maxWaitingClients, acquireTimeoutMillis, destroyTimeoutMillis, priorityRange } =
      settings;
    assert.deepEqual(
      [max, min, maxWaitingClients, acquireTimeoutMillis, destroyTimeoutMillis, priorityRange],
      [5, 2, 3, 250, 99, 4],
    );
    const { evictionRunIntervalMillis, numTestsPerEvictionRun, softIdleTimeoutMillis, idleTimeoutMillis } =
      settings;
    assert.deepEqual(
      [evictionRunIntervalMillis, numTestsPerEvictionRun, softIdleTimeoutMillis, idleTimeoutMillis],
      [10, 7, 20, 30],
    );
  });

  it('mean no time limit when the limit is falsy or Infinity', () => {
    for (const none of [undefined, null, 0, false, '', Number.NaN]) {
      const options = loose({ acquireTimeoutMillis: none, destroyTimeoutMillis: none });
      const { acquireTimeoutMillis, destroyTimeoutMillis } = resolveSettings(factory, options);
      assert.deepEqual([acquireTimeoutMillis, destroyTimeoutMillis], [0, Infinity]);
    }
    const endless = resolveSettings(factory, {
      acquireTimeoutMillis: Infinity,
      destroyTimeoutMillis: Infinity,
    });
    assert.deepEqual([endless.acquireTimeoutMillis, endless.destroyTimeoutMillis], [0, Infinity]);
    assert.deepEqual(warnings, []);
  });

  it('are refused where every call would fail', () => {
    for (const limit of [-1, '-5', 'soon', {}, 0.5]) {
      assert.throws(
        () => resolveSettings(factory, loose({ acquireTimeoutMillis: limit })),
        (error) => error instanceof InvalidOptionError && error.option === 'acquireTimeoutMillis',
      );
    }
    assert.throws(
      () => createPool(factory, { destroyTimeoutMillis: -1 }),
      /'destroyTimeoutMillis' must be a number/,
    );
    assert.throws(
      () => createPool(factory, { testOnBorrow: true }),
      /'testOnBorrow' must be false or left out/,
    );
  });

  it('may be malformed and then count as left out, which a process warning says once', () => {
    const malformed = loose({
      max: {},
      min: 'few',
      maxWaitingClients: 'many',
      fifo: 'yes',
      softIdleTimeoutMillis: 'x',
      destroyTimeoutMillis: 'soon',
      priorityRange: -2,
      evictionRunIntervalMillis: -5,
    });
    for (let n = 0; n < 2; n++) {
      const settings = resolveSettings(factory, malformed);
      assert.deepEqual([settings.max, settings.min, settings.maxWaitingClients], [1, 0, Infinity]);
      assert.equal(settings.destroyTimeoutMillis, Infinity);
      assert.deepEqual([settings.fifo, settings.softIdleTimeoutMillis], [true, -1]);
      assert.deepEqual([settings.priorityRange, settings.evictionRunIntervalMillis], [1, 0]);
    }
    assert.ok(
      warnings.includes("generic-pool option 'fifo' is neither true nor false and counts as left out"),
    );
    assert.ok(
      warnings.includes("generic-pool option 'softIdleTimeoutMillis' is not a number and counts as left out"),
    );
    assert.equal(new Set(warnings).size, warnings.length);
  });

  it('that do not exist have no effect, which a process warning says', () => {
    resolveSettings(factory, loose({ idletimeoutMillis: 5 }));
    assert.deepEqual(warnings, ["generic-pool option 'idletimeoutMillis' does not exist and has no effect"]);
  });

  it('ask in vain for testOnReturn without a validate, which a process warning says', () => {
    assert.equal(resolveSettings(factory, { testOnReturn: true }).testOnReturn, false);
    assert.equal(resolveSettings(testable, { testOnReturn: true }).testOnReturn, true);
    assert.deepEqual(warnings, ["generic-pool option 'testOnReturn' has no effect without factory.validate"]);
  });

  it('leave the object they came in alone', () => {
    const options = Object.freeze({ max: 3, min: 7 });
    assert.equal(resolveSettings(factory, options).min, 3);
  });
});

describe('a generic-pool factory', () => {
  it('needs create and destroy, and a validate that is a function if there is one', () => {
    const bad = (value: unknown) => () => createPool(value as Factory<number>);
    assert.throws(bad(undefined), new TypeError('factory.create must be a function'));
    assert.throws(bad({}), new TypeError('factory.create must be a function'));
    assert.throws(bad({ create() {} }), new TypeError('factory.destroy must be a function'));
    assert.throws(bad({ ...factory, validate: true }), new TypeError('factory.validate must be a function'));
  });

  it('is called as an object, also when its methods are replaced later', async () => {
    class Counting implements Factory<number> {
      made = 0;
      async create() {
        return ++this.made;
      }
      async destroy() {
        this.made = -1;
      }
      async validate() {
        return this.made > 0;
      }
    }
    const counting = new Counting();
    const pool = createPool(counting, { max: 2, testOnBorrow: true });
    assert.equal(await pool.acquire(), 1);
    counting.create = async () => 41;
    assert.equal(await pool.acquire(), 41);
    await pool.destroy(41);
    assert.equal(counting.made, -1);
  });
});
