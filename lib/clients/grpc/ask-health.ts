import { type Client, type ServiceError, status } from '@grpc/grpc-js';
import { unwatchAbort, watchAbort } from '../../pool/abort-watch.js';
import { GrpcConnectionError } from './grpc-errors.js';
import { decodeHealthResponse, encodeHealthRequest, SERVING_STATUS } from './health-messages.js';

/** The unary method of the standard health service. */
export const HEALTH_CHECK = '/grpc.health.v1.Health/Check';

/** How one health check is bounded. */
export interface CheckBounds {
  /** Gives the check up. Must not be aborted yet. */
  readonly signal?: AbortSignal;
  /** When the check must have ended: a point in time, as `Date.now()` counts. */
  readonly deadline?: number;
}

/**
 * Asks the server's `grpc.health.v1.Health` service, and gives the serving status.
 * @throws ServiceError as a rejection, when the call fails; the signal's reason when it is given up
 */
export function askHealth(client: Client, service: string, bounds: CheckBounds): Promise<number> {
  const { signal, deadline } = bounds;
  return new Promise((resolve, reject) => {
    const target = {
      signal,
      onAbort: (reason: unknown) => {
        reject(reason);
        call.cancel();
      },
    };
    const call = client.makeUnaryRequest(
      HEALTH_CHECK,
      encodeHealthRequest,
      decodeHealthResponse,
      service,
      deadline === undefined ? {} : { deadline },
      (error: ServiceError | null, answer?: number) => {
        unwatchAbort(target);
        if (error === null) resolve(answer ?? SERVING_STATUS.UNKNOWN);
        else reject(error);
      },
    );
    watchAbort(target);
  });
}

/**
 * Succeeds when the server says that `service` ('' = the server as a whole) is SERVING.
 * @throws GrpcConnectionError (as a rejection) saying what it answered instead
 */
export async function checkHealth(client: Client, service: string, bounds: CheckBounds): Promise<void> {
  const what = service === '' ? 'the server' : `service '${service}'`;
  let answer: number;
  try {
    answer = await askHealth(client, service, bounds);
  } catch (error) {
    throw explain(error, what);
  }
  if (answer === SERVING_STATUS.SERVING) return;
  const name = Object.entries(SERVING_STATUS).find(([, number]) => number === answer)?.[0];
  throw new GrpcConnectionError(`${what} is not healthy: it reports ${name ?? `status ${answer}`}`);
}

function explain(error: unknown, what: string): unknown {
  const { code } = error as Partial<ServiceError>;
  if (code === status.UNIMPLEMENTED) {
    const message =
      "the server has no grpc.health.v1.Health service: leave the option 'health' out, or add it there";
    return new GrpcConnectionError(message, { cause: error });
  }
  if (code === status.NOT_FOUND) {
    return new GrpcConnectionError(`the server's health service does not know ${what}`, { cause: error });
  }
  return error;
}
