import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { Cluster, type Pooled, pooled } from '../../../lib/cluster/index.js';
import { retry } from '../../../lib/middleware/index.js';
import { ConnPool } from '../../../lib/pool/index.js';
import { sharedClient } from '../../../lib/pool/shared-client.js';

/** A client as people have them: sync and async methods, state, and inheritance. */
class Base {
  async whoAmI(): Promise<number> {
    await new Promise((resolve) => setImmediate(resolve));
    return this.number;
  }
  constructor(readonly number: number) {}
}
class Calculator extends Base {
  calls = 0;
  add(a: number, b: number): number {
    this.calls++;
    return a + b;
  }
  async divide(a: number, b: number): Promise<number> {
    if (b === 0) throw new RangeError('division by zero');
    return a / b;
  }
  fail(): never {
    throw new Error('sync');
  }
  /** As Thrift generates it: with a callback it returns nothing, without one a promise. */
  ping(text: string, callback?: (error: Error | null, answer: string) => void): Promise<string> | undefined {
    if (callback === undefined) return Promise.resolve(`pong ${text}`);
    callback(null, `pong ${text}`);
    return undefined;
  }
}

function calculatorPool(): ConnPool<Calculator> {
  let made = 0;
  return new ConnPool({
    dial: () => new Calculator(++made),
    close: () => {},
    isBroken: (e) => !(e instanceof RangeError),
  });
}

describe('pooled', () => {
  it('runs each method on a client borrowed for that call', async () => {
    const pool = calculatorPool();
    const calculator = pooled<Calculator>(pool);
    assert.equal(await calculator.add(1, 2), 3);
    assert.equal(await calculator.divide(6, 3), 2);
    assert.equal(await calculator.ping('x'), 'pong x');
    const both = await Promise.all([calculator.whoAmI(), calculator.whoAmI()]);
    assert.deepEqual(both.sort(), [1, 2]);
    assert.equal(pool.stats().inUse, 0);
    await pool.close();
  });

  it('rejects with what a method throws, and isBroken decides about the connection', async () => {
    const pool = calculatorPool();
    const calculator = pooled<Calculator>(pool);
    await assert.rejects(calculator.divide(1, 0), RangeError);
    assert.equal(pool.stats().open, 1);
    await assert.rejects(async () => calculator.fail(), /sync/);
    assert.equal(pool.stats().open, 0);
    await pool.close();
  });

  it('works on a cluster, whose middleware sees the method', async () => {
    const cluster = new Cluster<Calculator>({ connect: calculatorPool });
    cluster.addEndpoint({ id: 'a' });
    cluster.addClient(new Calculator(100), { id: 'b' });
    const methods: unknown[] = [];
    cluster.use((call, next) => {
      methods.push(call.method);
      return next();
    });
    const calculator = pooled<Calculator>(cluster);
    assert.equal(await calculator.add(1, 2), 3);
    const numbers = [await calculator.whoAmI(), await calculator.whoAmI()];
    assert.deepEqual(numbers.sort(), [1, 100]);
    assert.deepEqual(methods, ['add', 'whoAmI', 'whoAmI']);
    await cluster.close();
  });

  it('works on a source that only has get', async () => {
    const client = new Calculator(7);
    const source = sharedClient(client);
    const calculator = pooled<Calculator>(source);
    assert.equal(await calculator.add(1, 2), 3);
    await assert.rejects(calculator.divide(1, 0), RangeError);
    assert.equal(source.stats().inUse, 0);
  });

  it('can be awaited, logged and put into JSON without calling anything', async () => {
    const pool = calculatorPool();
    const calculator = pooled<Calculator>(pool);
    assert.equal(await calculator, calculator);
    assert.equal((await Promise.all([calculator]))[0], calculator);
    assert.equal(JSON.stringify({ calculator }), '{"calculator":{}}');
    assert.equal(typeof inspect(calculator), 'string');
    assert.equal((calculator as unknown as Record<symbol, unknown>)[Symbol.asyncIterator], undefined);
    assert.equal(pool.stats().gets, 0);
  });

  it('gives the same function for the same key, of the pooled client alone', () => {
    const calculator = pooled<Calculator>(calculatorPool());
    assert.equal(calculator.add, calculator.add);
    assert.notEqual(calculator.add, calculator.divide);
    assert.notEqual(calculator.add, pooled<Calculator>(calculatorPool()).add);
  });

  it('rejects for a key that is no method of the client, and keeps the connection', async () => {
    const pool = calculatorPool();
    const calculator = pooled(pool) as unknown as Record<string, () => Promise<unknown>>;
    await assert.rejects(calculator.number!(), { name: 'TypeError', message: /'number' is not a method/ });
    for (let i = 0; i < 5; i++) await assert.rejects(calculator.nothing!(), TypeError);
    assert.equal(pool.stats().dials, 1);
    await pool.close();
  });

  it('blames no node, and retries nothing, for a key that is no method of the client', async () => {
    const cluster = new Cluster<Calculator>({ connect: calculatorPool, breaker: { maxFails: 1 } });
    cluster.addEndpoint({ id: 'a' });
    let attempts = 0;
    cluster.use(retry({ retries: 2, delayMs: 0 })).use((_call, next) => {
      attempts++;
      return next();
    });
    const calculator = pooled(cluster) as unknown as Record<string, () => Promise<unknown>>;
    for (let i = 0; i < 3; i++) await assert.rejects(calculator.ad!(), /'ad' is not a method/);
    assert.equal(attempts, 3);
    const [node] = cluster.stats().nodes;
    assert.deepEqual([node?.breaker, node?.failures, node?.inFlight], ['closed', 0, 0]);
    assert.equal(node?.source.open, 1);
    await cluster.close();
  });

  it('proves no node by such a key either: failures around it are still in a row', async () => {
    const cluster = new Cluster<Calculator>({ connect: calculatorPool, breaker: { maxFails: 2 } });
    cluster.addEndpoint({ id: 'a' });
    const fail = () => assert.rejects(cluster.do(() => Promise.reject(new Error('down'))));
    await fail();
    await assert.rejects((pooled(cluster) as unknown as { ad(): Promise<never> }).ad(), TypeError);
    await fail();
    assert.equal(cluster.stats().nodes[0]?.breaker, 'open');
    await cluster.close();
  });

  it('does so on a source that only has get', async () => {
    const pool = calculatorPool();
    const source = {
      get: () => pool.get(),
      isBroken: () => true,
      stats: () => pool.stats(),
      close: () => pool.close(),
    };
    await assert.rejects((pooled(source) as unknown as { ad(): Promise<never> }).ad(), TypeError);
    assert.equal(pool.stats().open, 1);
    await pool.close();
  });

  it('can be put into a text and converted without calling anything', async () => {
    const pool = calculatorPool();
    const calculator = pooled<Calculator>(pool);
    assert.equal(`${calculator}`, '[pooled client]');
    assert.equal(String(calculator), '[pooled client]');
    assert.equal(Object.prototype.toString.call(calculator), '[object PooledClient]');
    assert.ok(Number.isNaN(Number(calculator)));
    assert.equal(pool.stats().gets, 0);
  });

  it('has the type of a client whose methods give promises, and nothing else', async () => {
    interface Mixed {
      readonly version: string;
      now(): number;
      fetch<T>(fallback: T): Promise<T>;
      toJSON(): string;
    }
    const source = sharedClient<Mixed>({
      version: '1',
      now: () => 5,
      fetch: async (v) => v,
      toJSON: () => '',
    });
    const mixed: Pooled<Mixed> = pooled(source);
    const now: Promise<number> = mixed.now();
    const fetched: string = await mixed.fetch('x');
    assert.deepEqual([await now, fetched], [5, 'x']);
    // @ts-expect-error a property is not a method
    const version: unknown = mixed.version;
    // @ts-expect-error so that the stand-in can be put into JSON
    const toJson: unknown = mixed.toJSON;
    assert.deepEqual([typeof version, toJson], ['function', undefined]);
  });

  it('cannot be written to', () => {
    const calculator = pooled<Calculator>(calculatorPool()) as { calls?: number };
    assert.throws(() => {
      calculator.calls = 1;
    }, TypeError);
  });

  it('refuses what lends no clients', () => {
    for (const source of [undefined, null, {}, 5]) {
      assert.throws(() => pooled(source as never), { code: 'ERR_INVALID_OPTION', option: 'source' });
    }
  });
});
