import { Pool } from 'tarn';
import { type Client, type Contender, create, destroy, type Setup } from './contender.js';

export function tarn({ max, timeoutMs = 30_000 }: Setup): Contender<Client> {
  const validate = (client: Client) => !client.broken;
  const pool = new Pool({ create, destroy, validate, min: 0, max, acquireTimeoutMillis: timeoutMs });
  return {
    get: () => pool.acquire().promise,
    client: (client) => client,
    put: (client) => void pool.release(client),
    // It has no call for this: what validate refuses at the next acquire is destroyed.
    destroy: (client) => {
      client.broken = true;
      pool.release(client);
    },
    getWith: (signal) => abortable(pool.acquire(), signal),
  };
}

/** It has abort() but takes no signal: this is how its users connect the two. */
function abortable(
  pending: { promise: Promise<Client>; abort(): void },
  signal: AbortSignal,
): Promise<Client> {
  const abort = pending.abort.bind(pending);
  signal.addEventListener('abort', abort, { once: true });
  return pending.promise.finally(() => signal.removeEventListener('abort', abort));
}
