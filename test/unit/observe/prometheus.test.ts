import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { afterEach, describe, it } from 'mocha';
import { Counter, register as defaultRegister, type OpenMetricsContentType, Registry } from 'prom-client';
import { MiddlewareError } from '../../../lib/middleware/index.js';
import { collectPools, prometheus } from '../../../lib/observe/prometheus/index.js';
import { chainOf, fakeCall, fakeNode, rejection, withClock } from '../middleware/call-fixture.js';
import { pool } from './observed-fixture.js';

async function page(register: Registry): Promise<string[]> {
  return (await register.metrics()).split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}

describe('prometheus', () => {
  afterEach(() => defaultRegister.clear());

  it('counts calls and errors by client and method', async () => {
    const register = new Registry();
    const run = chainOf(prometheus({ register }));
    const down = () => Promise.reject(new Error('down'));
    await run(() => 1, fakeCall({ method: 'echo' }));
    await run(() => 1, fakeCall({ method: 'echo' }));
    assert.equal(((await rejection(run(down, fakeCall({ method: 'echo' })))) as Error).message, 'down');
    await run(() => 1, fakeCall({ method: 'echo', label: 'checkout' }));

    const lines = await page(register);
    assert.ok(lines.includes('middleware_requests_total{client="a",method="echo"} 3'));
    assert.ok(lines.includes('middleware_request_errors_total{client="a",method="echo"} 1'));
    assert.ok(lines.includes('middleware_requests_total{client="checkout",method="echo"} 1'));
    assert.ok(!lines.some((line) => line.startsWith('middleware_request_errors_total{client="checkout"')));
  });

  it('labels a call with the node it ended up at, and an unnamed method with nothing', async () => {
    const register = new Registry();
    await chainOf(prometheus({ register }))((view) => {
      view.node = fakeNode('b');
    });
    assert.ok((await page(register)).includes('middleware_requests_total{client="b",method=""} 1'));
  });

  it('counts a refusal of a middleware inside of it as an error', async () => {
    const register = new Registry();
    const run = chainOf(prometheus({ register }), async () => {
      throw new MiddlewareError('no');
    });
    await rejection(run(() => 1));
    assert.ok((await page(register)).includes('middleware_request_errors_total{client="a",method=""} 1'));
  });

  it('times calls in seconds, in the buckets asked for', () =>
    withClock(async (clock) => {
      const register = new Registry();
      const run = chainOf(prometheus({ register, buckets: [0.1, 0.25, 1] }));
      const done = run(() => new Promise((resolve) => setTimeout(resolve, 200)));
      await clock.tickAsync(200);
      await done;
      const lines = (await page(register)).filter((line) => line.includes('duration'));
      assert.deepEqual(lines, [
        'middleware_request_duration_seconds_bucket{le="0.1",client="a",method=""} 0',
        'middleware_request_duration_seconds_bucket{le="0.25",client="a",method=""} 1',
        'middleware_request_duration_seconds_bucket{le="1",client="a",method=""} 1',
        'middleware_request_duration_seconds_bucket{le="+Inf",client="a",method=""} 1',
        'middleware_request_duration_seconds_sum{client="a",method=""} 0.2',
        'middleware_request_duration_seconds_count{client="a",method=""} 1',
      ]);
    }));

  it('may be made twice on one registry, and both count into the same metrics', async () => {
    const register = new Registry();
    await chainOf(prometheus({ register, buckets: [1, 2] }))(() => 1);
    await chainOf(prometheus({ register }))(() => 1);
    await chainOf(prometheus({ register, buckets: [1, 2] }))(() => 1);
    assert.ok((await page(register)).includes('middleware_requests_total{client="a",method=""} 3'));
  });

  it('works in a registry of the OpenMetrics format, before and after a scrape', async () => {
    const register = new Registry<OpenMetricsContentType>();
    register.setContentType(Registry.OPENMETRICS_CONTENT_TYPE);
    const p = pool({ name: 'p' });
    const stop = collectPools(register, [p], { prefix: 'grpc' });
    await p.do(() => 1);
    for (let i = 0; i < 2; i++) {
      await chainOf(prometheus({ register }))(() => 1);
      const lines = (await register.metrics()).split('\n');
      assert.ok(lines.includes(`middleware_requests_total{client="a",method=""} ${i + 1}`));
      assert.ok(lines.includes('grpc_requests_total{pool="p"} 1'));
    }
    stop();
    assert.equal(register.getMetricsAsArray().length, 3);
    await p.close();
  });

  it('uses prom-client’s own registry unless told otherwise', async () => {
    await chainOf(prometheus())(() => 1);
    assert.ok((await page(defaultRegister)).includes('middleware_requests_total{client="a",method=""} 1'));
  });

  it('refuses other buckets than the registry has already', () => {
    const register = new Registry();
    prometheus({ register, buckets: [1, 2] });
    assert.throws(() => prometheus({ register, buckets: [1, 2, 3] }), {
      code: 'ERR_INVALID_OPTION',
      option: 'buckets',
    });
  });

  it('refuses a registry in which the names are taken by other metrics', () => {
    for (const labelNames of [[], ['method', 'client']]) {
      const register = new Registry();
      new Counter({
        name: 'middleware_request_duration_seconds',
        help: 'another',
        labelNames,
        registers: [register],
      });
      assert.throws(() => prometheus({ register }), { code: 'ERR_INVALID_OPTION', option: 'register' });
    }
  });

  for (const [options, option] of [
    [{ buckets: [] }, 'buckets'],
    [{ buckets: [1, 1] }, 'buckets'],
    [{ buckets: [0, 1] }, 'buckets'],
    [{ buckets: [1, Infinity] }, 'buckets'],
    [{ buckets: ['1'] }, 'buckets'],
    [{ buckets: 1 }, 'buckets'],
    [{ register: {} }, 'register'],
    [{ register: null }, 'register'],
    [{ registry: new Registry() }, 'registry'],
    [null, 'options'],
  ] as const) {
    it(`refuses ${inspect(options, { depth: 1, breakLength: Infinity }).slice(0, 40)}, naming '${option}'`, () => {
      assert.throws(() => prometheus(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
