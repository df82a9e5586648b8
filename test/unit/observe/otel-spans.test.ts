import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { context, metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { retry } from '../../../lib/middleware/index.js';
import { otel } from '../../../lib/observe/otel/index.js';
import { chainOf, fakeCall, fakeNode, rejection, withClock } from '../middleware/call-fixture.js';
import { meterWithReader } from './otel-fixture.js';

describe('otel', () => {
  const spans = new InMemorySpanExporter();
  const tracerProvider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(spans)] });

  beforeEach(() => {
    spans.reset();
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  });

  afterEach(() => {
    context.disable();
    trace.disable();
    metrics.disable();
  });

  it('makes each call a span that is active inside of it and whose parent is the one outside', async () => {
    const { provider } = meterWithReader();
    let inside: string | undefined;
    const tracer = tracerProvider.getTracer('test');
    await tracer.startActiveSpan('request', async (request) => {
      await chainOf(otel({ tracerProvider, meterProvider: provider }))(
        async (view) => {
          await Promise.resolve();
          inside = trace.getActiveSpan()?.spanContext().spanId;
          view.node = fakeNode('b');
        },
        fakeCall({ method: 'echo' }),
      );
      request.end();
    });
    const [call, request] = spans.getFinishedSpans();
    assert.equal(call!.name, 'echo');
    assert.equal(call!.spanContext().spanId, inside);
    assert.equal(call!.parentSpanContext?.spanId, request!.spanContext().spanId);
    assert.equal(call!.attributes['connpool.node.id'], 'b');
    assert.equal(call!.attributes['server.address'], 'b.test');
  });

  it('gives each attempt a span inside of retry', async () => {
    const { provider } = meterWithReader();
    const middleware = otel({ tracerProvider, meterProvider: provider });
    let attempts = 0;
    await chainOf(
      retry({ delayMs: 0 }),
      middleware,
    )(async () => {
      if (++attempts === 1) throw new Error('down');
    });
    const codes = spans.getFinishedSpans().map((span) => span.status.code);
    assert.deepEqual(codes, [SpanStatusCode.ERROR, SpanStatusCode.UNSET]);
  });

  it('records how long calls took, by client, method and type of error', () =>
    withClock(async (clock) => {
      const { provider, collect } = meterWithReader();
      const run = chainOf(otel({ tracerProvider, meterProvider: provider }));
      const done = run(() => new Promise((resolve) => setTimeout(resolve, 30)), fakeCall({ method: 'echo' }));
      await clock.tickAsync(30);
      await done;
      const reset = Object.assign(new Error('reset'), { code: 'ECONNRESET' });
      await rejection(run(() => Promise.reject(reset), fakeCall({ label: 'checkout' })));

      // The SDK's exporter answers from a timer.
      await clock.runAllAsync();
      const { 'connpool.call.duration': duration } = await collect();
      assert.equal(duration!.unit, 's');
      assert.deepEqual(
        duration!.points.map(({ attributes, value }) => [attributes, value]),
        [
          [
            { 'connpool.client': 'a', 'connpool.call.method': 'echo' },
            { count: 1, sum: 0.03 },
          ],
          [
            { 'connpool.client': 'checkout', 'error.type': 'ECONNRESET' },
            { count: 1, sum: 0 },
          ],
        ],
      );
    }));

  it('uses the global providers unless told otherwise', async () => {
    const { provider, collect } = meterWithReader();
    metrics.setGlobalMeterProvider(provider);
    trace.setGlobalTracerProvider(tracerProvider);
    await chainOf(otel())(() => 1);
    assert.equal(spans.getFinishedSpans().length, 1);
    assert.equal((await collect())['connpool.call.duration']!.points.length, 1);
  });

  it('changes nothing about a call where no SDK is set up', async () => {
    const run = chainOf(otel());
    const error = new Error('down');
    assert.equal(await run(() => 7), 7);
    assert.equal(await rejection(run(() => Promise.reject(error))), error);
  });

  for (const [options, option] of [
    [{ tracerProvider: {} }, 'tracerProvider'],
    [{ meterProvider: null }, 'meterProvider'],
    [{ tracer: {} }, 'tracer'],
    ['on', 'options'],
  ] as const) {
    it(`refuses ${inspect(options)}, naming '${option}'`, () => {
      assert.throws(() => otel(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
