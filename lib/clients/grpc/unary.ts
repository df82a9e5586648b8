import type { ServiceError } from '@grpc/grpc-js';
import { unwatchAbort, watchAbort } from '../../pool/abort-watch.js';

/** What a generated client calls when a call with one answer is over. */
export type UnaryCallback<TResponse> = (error: ServiceError | null, response?: TResponse) => void;

/**
 * A call with one answer, as a promise; with a signal that cancels the call itself.
 *
 * @example
 * const reply = await unary<HelloReply>((done) => client.sayHello({ name: 'you' }, done), { signal });
 *
 * @param start makes the call with the callback it is given
 * @throws ServiceError (as a rejection), or the signal's reason
 */
export function unary<TResponse>(
  start: (done: UnaryCallback<TResponse>) => { cancel(): void },
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<TResponse> {
  const { signal } = options;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const target = {
      signal,
      onAbort: (reason: unknown) => {
        reject(reason);
        call.cancel();
      },
    };
    const call = start((error, response) => {
      unwatchAbort(target);
      if (error === null) resolve(response as TResponse);
      else reject(error);
    });
    watchAbort(target);
  });
}
