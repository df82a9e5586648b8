import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import type { Span } from '@opentelemetry/api';
import debug from 'debug';
import { now } from '../pool/clock.js';
import { describeError } from '../pool/errors.js';
import type { Call, Middleware } from './middleware.js';
import { type OpenTelemetryApi, runInSpan } from './span.js';

const log = debug('connpool:trace');

/** The ids of a span in the notation of W3C Trace Context: 32 and 16 hexadecimal digits. */
interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** The ids that calls made inside a traced call continue, where OpenTelemetry does not provide them. */
const current = new AsyncLocalStorage<SpanIds>();

/**
 * Traces every call. With `@opentelemetry/api` installed each call is a client span of the tracer `connpool`,
 * active for everything inside. With `DEBUG=connpool:trace` its start and its end are logged, under the span's
 * ids where an OpenTelemetry SDK provides them, otherwise under ids made here in the same W3C notation (a call
 * inside a traced call shares its trace id).
 *
 * Outside of `retry` a span covers all attempts, inside of it each attempt has its own.
 */
export function trace(): Middleware {
  const api = loadOpenTelemetry();
  if (api === undefined) return (call, next) => (log.enabled ? logged(call, newIds(), next) : next());
  const tracer = api.trace.getTracer('connpool');
  return (call, next) =>
    runInSpan(api, tracer, call, (span) => (log.enabled ? logged(call, idsOf(api, span), next) : next()));
}

/** Loaded here, when the first `trace()` is made, and not with the module: the package is optional. */
function loadOpenTelemetry(): OpenTelemetryApi | undefined {
  try {
    return createRequire(import.meta.url)('@opentelemetry/api') as OpenTelemetryApi;
  } catch (error) {
    log('no OpenTelemetry: %s', describeError(error));
    return undefined;
  }
}

async function logged(call: Call, ids: SpanIds, next: () => Promise<unknown>): Promise<unknown> {
  const parent = current.getStore()?.spanId ?? 'none';
  const span = `00-${ids.traceId}-${ids.spanId}-01`;
  const what = call.method ?? call.label ?? 'call';
  const startedAt = now();
  log('%s start %s parent=%s node=%s', span, what, parent, call.node.id);
  const end = (outcome: string) => {
    const ms = (now() - startedAt).toFixed(1);
    log('%s end %s node=%s attempt=%d %s ms: %s', span, what, call.node.id, call.attempt, ms, outcome);
  };
  try {
    const value = await current.run(ids, next);
    end('ok');
    return value;
  } catch (error) {
    end(`failed: ${describeError(error)}`);
    throw error;
  }
}

/** The ids of an SDK's span; without an SDK the API gives spans whose ids are all zeros. */
function idsOf(api: OpenTelemetryApi, span: Span): SpanIds {
  const context = span.spanContext();
  return api.isSpanContextValid(context) ? context : newIds();
}

function newIds(): SpanIds {
  return {
    traceId: current.getStore()?.traceId ?? randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
  };
}
