import type { Attributes, Span, Tracer } from '@opentelemetry/api';
import { describeError } from '../pool/errors.js';
import type { Call } from './middleware.js';

/** The OpenTelemetry API, by type only: nothing here loads it. */
export type OpenTelemetryApi = typeof import('@opentelemetry/api');

/**
 * Runs a call inside a client span, which is the active one for everything inside. Its attributes follow the
 * semantic conventions where they have a name for it (`server.address`, `server.port`, `error.type`).
 */
export function runInSpan(
  api: OpenTelemetryApi,
  tracer: Tracer,
  call: Call,
  run: (span: Span) => Promise<unknown>,
): Promise<unknown> {
  const span = tracer.startSpan(call.method ?? call.label ?? 'connpool.call', { kind: api.SpanKind.CLIENT });
  return api.context.with(api.trace.setSpan(api.context.active(), span), async () => {
    try {
      return await run(span);
    } catch (error) {
      span.recordException(error instanceof Error ? error : describeError(error));
      span.setStatus({ code: api.SpanStatusCode.ERROR, message: describeError(error) });
      span.setAttribute('error.type', errorType(error));
      throw error;
    } finally {
      // Only now is it known which node the call ended up at.
      span.setAttributes(callAttributes(call));
      span.end();
    }
  });
}

function callAttributes(call: Call): Attributes {
  const { id, endpoint } = call.node;
  return {
    'connpool.node.id': id,
    'connpool.call.attempts': call.attempt,
    ...(call.label !== undefined && { 'connpool.call.label': call.label }),
    ...(call.method !== undefined && { 'connpool.call.method': call.method }),
    ...(endpoint.host !== undefined && { 'server.address': endpoint.host }),
    ...(endpoint.port !== undefined && { 'server.port': endpoint.port }),
  };
}

/** A low-cardinality word for an error: its code where it has one, else its name. */
export function errorType(error: unknown): string {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (typeof code === 'string' || typeof code === 'number') return String(code);
  return typeof name === 'string' && name !== '' ? name : '_OTHER';
}
