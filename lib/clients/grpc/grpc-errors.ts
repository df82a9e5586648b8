import { type ServiceError, type StatusObject, status } from '@grpc/grpc-js';
import { ConnPoolError, DialError, DialTimeoutError, HeartbeatError } from '../../pool/errors.js';

/**
 * A connection could not be made, was lost, or its server is not healthy: `ERR_GRPC_CONNECTION`. Calls that were in
 * flight on it end with grpc-js's own `ServiceError`.
 */
export class GrpcConnectionError extends ConnPoolError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_GRPC_CONNECTION', message, options);
  }
}

/** On a status, and so on the error made of it: a server has sent it over a connection that works. */
const ANSWERED = Symbol('connpool.grpc.answered');

/** Notes on a status that it came from the server. */
export function markAnswered(answer: StatusObject): void {
  Object.assign(answer, { [ANSWERED]: true });
}

/** On a status: no server has looked at the call. */
const UNSENT = Symbol('connpool.grpc.unsent');

/** Notes on a status that no server has looked at the call. */
export function markUnsent(outcome: StatusObject): void {
  Object.assign(outcome, { [UNSENT]: true });
}

/**
 * Whether no server has looked at the call: there was no connection for it, or the server ended the connection first
 * and could not be reached again. Such a call can be sent elsewhere whatever it does; made for `isRetryable` of a
 * retry. False for a call that may have been looked at, and for those of a pool whose `channelOptions` bring a service
 * configuration, because that may have made grpc-js repeat them.
 */
export function isGrpcCallUnsent(error: unknown): boolean {
  return hadNoConnection(error) || (error instanceof Error && UNSENT in error);
}

/** Whether a pool says that it has no connection to give. */
function hadNoConnection(error: unknown): boolean {
  return (
    error instanceof GrpcConnectionError ||
    error instanceof DialError ||
    error instanceof DialTimeoutError ||
    error instanceof HeartbeatError
  );
}

/**
 * Whether an error says that the connection to a gRPC server failed (could not be made, was lost, went silent), as
 * opposed to the server having answered. Of the status codes only `UNAVAILABLE` does, and not when the service
 * itself has sent it over a connection that works. Every other status is an answer, or, as `DEADLINE_EXCEEDED`,
 * `CANCELLED` and a stream that was reset (`INTERNAL`), the end of one call that leaves its connection usable.
 *
 * Made for `isFailure` of a cluster and for deciding what is worth a retry; whether a given connection is still
 * usable is known better by the pool's `isBroken`.
 */
export function isGrpcConnectionError(error: unknown): boolean {
  if (hadNoConnection(error)) return true;
  if (!(error instanceof Error)) return false;
  const { code, metadata } = error as Partial<ServiceError>;
  return code === status.UNAVAILABLE && metadata !== undefined && !(ANSWERED in error);
}
