import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { CloseMessage, GetMessage } from '../../lib/pool/index.js';
import { checkClose } from './close-reasons.js';
import type { Client } from './records.js';
import type { World } from './world.js';

const EVENTS = ['open', 'close', 'dialError', 'heartbeatError', 'closeError', 'leak'] as const;

/** What the pool tells tracers: each loan and each return, the moment it happens. Gives what ends it. */
export function trace(world: World): () => void {
  const lent = (message: unknown) => {
    const { client } = message as GetMessage;
    if (client !== undefined) world.connectionOf(client as Client).lends++;
  };
  const returned = (message: unknown) => {
    const { client, reason } = message as CloseMessage;
    if (reason !== undefined) return;
    const connection = world.connectionOf(client as Client);
    connection.provenAt = connection.idleSince = world.time.now;
  };
  subscribe('connpool:get', lent);
  subscribe('connpool:close', returned);
  return () => {
    unsubscribe('connpool:get', lent);
    unsubscribe('connpool:close', returned);
  };
}

/** Keeps the world's books of what the pool announces; `then` is called after that, for every event. */
export function listen(world: World, then: () => void): void {
  const { pool, counts } = world;
  pool.on('open', (client) => {
    counts.opened++;
    if (world.connectionOf(client).gone)
      world.violate('events tell the truth', `open of client ${client.id}`);
  });
  pool.on('close', (client, reason) => {
    const connection = world.connectionOf(client);
    if (connection.gone) world.violate('closed exactly once', `client ${client.id} has left the pool before`);
    world.left(connection);
    connection.closingUntil = world.time.now + world.limits.closeTimeoutMs;
    checkClose(world, connection, reason);
  });
  pool.on('dialError', () => {
    counts.dialErrorEvents++;
  });
  pool.on('heartbeatError', () => {
    counts.heartbeatErrorEvents++;
  });
  pool.on('leak', ({ client, heldMs }) => {
    counts.leaks++;
    const { loan } = world.connectionOf(client);
    // Timers of whole milliseconds may fire a fraction early.
    if (loan === undefined || world.time.now - loan.since < heldMs - 1) {
      world.violate('leaks are held', `client ${client.id} is said to be held for ${heldMs} ms`);
    }
  });
  for (const event of EVENTS) pool.on(event, then);
}
