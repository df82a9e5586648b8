import { now } from '../../pool/clock.js';
import type { TransportSource } from '../../pool/transport-source.js';
import type { MuxConnection } from './mux-connection.js';
import type { MuxRequestOptions } from './mux-options.js';
import { checkRequestOptions } from './request-arguments.js';

/** Least time that is left to a request, in ms: 0 would mean no limit. */
const LEAST_MS = 1;

/**
 * Sends one request over a connection of a pool (or a cluster), gives the connection back as soon as the request is
 * sent, and waits for the answer without it: a few connections carry any number of requests. A connection whose
 * server does not read is kept until it does or the request is over, so that others take another one.
 *
 * @param options `timeoutMs` bounds getting the connection and the answer together; without it both have their own
 * limits (`waitTimeoutMs` and `requestTimeoutMs`)
 * @throws what `get` and `request` throw (as rejections)
 */
export async function muxRequest(
  source: Pick<TransportSource<MuxConnection>, 'get'>,
  payload: Uint8Array,
  options: MuxRequestOptions = {},
): Promise<Buffer> {
  checkRequestOptions(options);
  const { signal, timeoutMs } = options;
  const startedAt = timeoutMs === undefined ? 0 : now();
  const transport = await source.get(options);
  const giveBack = () => void transport.close();
  const { client } = transport;
  const left = timeoutMs ? Math.max(LEAST_MS, timeoutMs - (now() - startedAt)) : timeoutMs;
  const answer = client.request(payload, { signal, timeoutMs: left });
  if (client.isBackedUp) Promise.race([client.drained(), answer]).then(giveBack, giveBack);
  else giveBack();
  return answer;
}
