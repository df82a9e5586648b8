import assert from 'node:assert/strict';
import Module from 'node:module';
import { format, stripVTControlCharacters } from 'node:util';
import { context, type Span, SpanKind, SpanStatusCode, trace as traceApi } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import debug from 'debug';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { retry, trace } from '../../../lib/middleware/index.js';
import { chainOf, fakeCall, fakeNode, rejection } from './call-fixture.js';

const SPAN = /00-([0-9a-f]{32})-([0-9a-f]{16})-01 (start|end) (.*)/;

interface Line {
  readonly traceId: string;
  readonly spanId: string;
  readonly phase: string;
  readonly rest: string;
}

/** Makes `@opentelemetry/api` impossible to resolve while `run` runs. */
function withoutOpenTelemetry<T>(run: () => T): T {
  const loader = Module as unknown as { _resolveFilename(request: string, ...rest: unknown[]): string };
  const original = loader._resolveFilename;
  loader._resolveFilename = (request, ...rest) => {
    if (request === '@opentelemetry/api')
      throw Object.assign(new Error('not installed'), { code: 'MODULE_NOT_FOUND' });
    return original.call(loader, request, ...rest);
  };
  try {
    return run();
  } finally {
    loader._resolveFilename = original;
  }
}

describe('trace', () => {
  const { log } = debug;
  let printed: string[] = [];
  const lines = (): Line[] =>
    printed.flatMap((line) => {
      const [, traceId, spanId, phase, rest] = SPAN.exec(line) ?? [];
      return traceId === undefined ? [] : [{ traceId, spanId: spanId!, phase: phase!, rest: rest! }];
    });

  beforeEach(() => {
    printed = [];
    debug.log = (...args: unknown[]) => printed.push(stripVTControlCharacters(format(...args)));
  });

  afterEach(() => {
    debug.disable();
    debug.log = log;
    traceApi.disable();
    context.disable();
  });

  for (const [situation, make] of [
    ['without OpenTelemetry', () => withoutOpenTelemetry(trace)],
    ['with the OpenTelemetry API but no SDK', () => trace()],
  ] as const) {
    describe(situation, () => {
      it('passes results and errors on and prints nothing unless asked to', async () => {
        const run = chainOf(make());
        const error = new Error('down');
        assert.equal(await run(() => 7), 7);
        assert.equal(await rejection(run(() => Promise.reject(error))), error);
        assert.deepEqual(printed, []);
      });

      it('prints a call’s start and end under W3C-style ids', async () => {
        debug.enable('connpool:trace');
        const call = fakeCall({ method: 'echo', node: fakeNode('a') });
        await chainOf(make())((view) => {
          view.node = fakeNode('b');
        }, call);
        const [start, end] = lines();
        assert.equal(start!.phase, 'start');
        assert.equal(start!.rest.startsWith('echo parent=none node=a'), true);
        assert.equal(end!.phase, 'end');
        assert.match(end!.rest, /^echo node=b attempt=1 \d+\.\d ms: ok/);
        assert.equal(end!.traceId, start!.traceId);
        assert.equal(end!.spanId, start!.spanId);
      });

      it('prints what a call failed with', async () => {
        debug.enable('connpool:trace');
        await rejection(
          chainOf(make())(() => Promise.reject(new Error('down')), fakeCall({ label: 'checkout' })),
        );
        assert.match(lines()[1]!.rest, /^checkout node=a attempt=1 \d+\.\d ms: failed: down/);
      });

      it('gives the attempts of a traced call its trace id and a span each', async () => {
        debug.enable('connpool:trace');
        let attempts = 0;
        const run = chainOf(make(), retry({ delayMs: 0 }), make());
        await run(async () => {
          if (++attempts === 1) throw new Error('down');
        });
        const starts = lines().filter(({ phase }) => phase === 'start');
        assert.equal(starts.length, 3);
        assert.equal(new Set(starts.map(({ traceId }) => traceId)).size, 1);
        assert.equal(new Set(starts.map(({ spanId }) => spanId)).size, 3);
        for (const attempt of starts.slice(1)) {
          assert.match(attempt.rest, new RegExp(`parent=${starts[0]!.spanId}`));
        }
      });

      it('gives two calls that have nothing to do with each other two trace ids', async () => {
        debug.enable('connpool:trace');
        const run = chainOf(make());
        await Promise.all([run(() => 1), run(() => 2)]);
        assert.equal(new Set(lines().map(({ traceId }) => traceId)).size, 2);
      });
    });
  }

  it('says once, when it is made, that there is no OpenTelemetry', () => {
    debug.enable('connpool:trace');
    withoutOpenTelemetry(trace);
    assert.equal(printed.filter((line) => /no OpenTelemetry: not installed/.test(line)).length, 1);
  });

  describe('with an OpenTelemetry SDK', () => {
    const exporter = new InMemorySpanExporter();

    beforeEach(() => {
      exporter.reset();
      traceApi.setGlobalTracerProvider(
        new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
      );
      context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    });

    it('makes each call a client span that is active inside of it', async () => {
      let active: Span | undefined;
      const call = fakeCall({ method: 'echo', label: 'checkout' });
      await chainOf(trace())(async (view) => {
        await Promise.resolve();
        active = traceApi.getActiveSpan();
        view.node = fakeNode('b');
        view.attempt = 2;
      }, call);

      const [span] = exporter.getFinishedSpans();
      assert.equal(span!.name, 'echo');
      assert.equal(span!.kind, SpanKind.CLIENT);
      assert.equal(active?.spanContext().spanId, span!.spanContext().spanId);
      assert.equal(span!.instrumentationScope.name, 'connpool');
      assert.deepEqual(span!.attributes, {
        'connpool.node.id': 'b',
        'connpool.call.attempts': 2,
        'connpool.call.label': 'checkout',
        'connpool.call.method': 'echo',
        'server.address': 'b.test',
        'server.port': 7000,
      });
      assert.equal(span!.status.code, SpanStatusCode.UNSET);
    });

    it('records what a call failed with', async () => {
      const error = Object.assign(new Error('down'), { code: 'ECONNRESET' });
      assert.equal(await rejection(chainOf(trace())(() => Promise.reject(error))), error);
      const [span] = exporter.getFinishedSpans();
      assert.deepEqual(span!.status, { code: SpanStatusCode.ERROR, message: 'down' });
      assert.equal(span!.attributes['error.type'], 'ECONNRESET');
      assert.equal(span!.events[0]!.attributes?.['exception.message'], 'down');
    });

    for (const [thrown, type] of [
      [new TypeError('no'), 'TypeError'],
      [{ code: 14 }, '14'],
      ['a string', '_OTHER'],
      [undefined, '_OTHER'],
    ] as const) {
      it(`calls the type of a thrown ${typeof thrown} '${type}'`, async () => {
        await rejection(chainOf(trace())(() => Promise.reject(thrown)));
        assert.equal(exporter.getFinishedSpans()[0]!.attributes['error.type'], type);
      });
    }

    it('leaves out what an endpoint does not have', async () => {
      const node = { ...fakeNode(), endpoint: { id: 'a' } };
      await chainOf(trace())(() => 1, fakeCall({ node }));
      const [span] = exporter.getFinishedSpans();
      assert.equal(span!.name, 'connpool.call');
      assert.deepEqual(span!.attributes, { 'connpool.node.id': 'a', 'connpool.call.attempts': 1 });
    });

    it('nests the attempts’ spans in the call’s', async () => {
      await chainOf(trace(), trace())(() => 1);
      const [inner, outer] = exporter.getFinishedSpans();
      assert.equal(inner!.parentSpanContext?.spanId, outer!.spanContext().spanId);
      assert.equal(inner!.spanContext().traceId, outer!.spanContext().traceId);
    });

    it('prints its lines under the ids of the spans', async () => {
      debug.enable('connpool:trace');
      await chainOf(trace())(() => 1);
      const { traceId, spanId } = exporter.getFinishedSpans()[0]!.spanContext();
      assert.equal(lines()[0]!.traceId, traceId);
      assert.equal(lines()[0]!.spanId, spanId);
    });

    it('follows an SDK that is set up after the middleware was made', async () => {
      traceApi.disable();
      const run = chainOf(trace());
      await run(() => 1);
      traceApi.setGlobalTracerProvider(
        new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }),
      );
      await run(() => 1);
      assert.equal(exporter.getFinishedSpans().length, 1);
    });
  });
});
