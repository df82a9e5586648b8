import type { TransportSource } from '../../pool/transport-source.js';
import type { AskBounds, Connector } from './connector.js';

/** A check's connection comes after every caller's. */
const LAST = Number.MAX_SAFE_INTEGER;
/** Share of the time for getting a connection: a pool that is busy throughout says nothing about its server. */
const CONNECTION_SHARE = 0.5;

/** Asks the server over a connection of its pool; rejects when it does not say that it works. */
export async function askServer(
  source: TransportSource<unknown>,
  ask: NonNullable<Connector['ask']>,
  { signal, timeoutMs }: AskBounds,
): Promise<unknown> {
  const transport = await source.get({ signal, timeoutMs: timeoutMs * CONNECTION_SHARE, priority: LAST });
  const { client } = transport;
  // An answer that nobody waits for any more must not meet the next caller.
  const giveUp = () => void transport.close(true);
  signal.addEventListener('abort', giveUp);
  try {
    const verdict = await ask(client, { signal, timeoutMs: timeoutMs * (1 - CONNECTION_SHARE) });
    void transport.close();
    return verdict;
  } catch (error) {
    void transport.close(source.isBroken(error, client));
    throw error;
  } finally {
    signal.removeEventListener('abort', giveUp);
  }
}
