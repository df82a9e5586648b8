import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import type { ConnPool } from '../../lib/pool/index.js';
import { TransportClosedError } from '../../lib/pool/index.js';
import type { Speaker } from './speakers.js';

/** A caller's place: one pool, and what all callers share. */
export interface Place<TClient> {
  readonly pool: ConnPool<TClient>;
  readonly speaker: Speaker<TClient>;
  /** Lives as long as the process and never aborts: what is left on it stays. */
  readonly signal: AbortSignal;
}

/** One thing a caller does with a pool. It may reject with whatever the pool or its connection says. */
type Move = <TClient>(place: Place<TClient>) => Promise<unknown>;

/** Why callers of these moves give up. */
class GaveUp extends Error {
  readonly code = 'GAVE_UP';
}

const MESSAGE = 'hello';

/** Who talks out of turn shifts the answers of those who read a raw socket; none of them is torn. */
const HEARD = /^((hello|nobody asked for this)(\n|$))+$/;

/** Up to so many ms, so that moves meet in ever new ways. */
const upTo = (ms: number) => Math.random() * ms;

async function ask<TClient>(speaker: Speaker<TClient>, client: TClient): Promise<void> {
  assert.match(await speaker.say(client, MESSAGE), HEARD);
}

/** Runs `move` with a signal that aborts within `ms`. */
async function abortedWithin<T>(ms: number, move: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(new GaveUp('enough')), upTo(ms));
  try {
    return await move(controller.signal);
  } finally {
    clearTimeout(timer);
  }
}

/** What callers do, by name. */
export const MOVES: Readonly<Record<string, Move>> = {
  'do, answered': ({ pool, speaker }) => pool.do((client) => ask(speaker, client)),

  'get, answered, close': async ({ pool, speaker }) => {
    await using transport = await pool.get();
    await ask(speaker, transport.client);
  },

  'get, close as broken': async ({ pool }) => (await pool.get()).close(true),

  'get, markBroken, close': async ({ pool }) => {
    const transport = await pool.get();
    transport.markBroken(new GaveUp('of no use'));
    await transport.close();
  },

  'do, the server cuts, resets or stays mute': ({ pool, speaker }) => {
    const { unanswerable } = speaker;
    const message = unanswerable[Math.floor(upTo(unanswerable.length))] ?? speaker.mute;
    return pool.do((client) => speaker.say(client, message));
  },

  'do, fn throws': ({ pool }) =>
    pool.do(() => {
      throw new GaveUp('at once');
    }),

  'get, aborted': ({ pool }) =>
    abortedWithin(3, async (signal) => {
      await using transport = await pool.get({ signal });
      await pause(upTo(2));
      assert.ok(transport.client);
    }),

  'do, aborted in mid-call': ({ pool, speaker }) =>
    abortedWithin(10, (signal) => pool.do((client) => speaker.say(client, speaker.mute), { signal })),

  'get, timed out': async ({ pool }) => {
    await using transport = await pool.get({ timeoutMs: 1, priority: -1 });
    await pause(upTo(2));
    assert.ok(transport.client);
  },

  'get with a signal that never aborts': async ({ pool, speaker, signal }) => {
    await using transport = await pool.get({ signal });
    await ask(speaker, transport.client);
  },

  'get, detach': async ({ pool, speaker }) => {
    const client = (await pool.get()).detach();
    try {
      await ask(speaker, client);
    } finally {
      await speaker.hangUp(client);
    }
  },

  tryGet: async ({ pool, speaker }) => {
    await using transport = pool.tryGet();
    if (transport === undefined) await pause(1);
    else await ask(speaker, transport.client);
  },

  'close twice, use afterwards': async ({ pool }) => {
    const transport = await pool.get();
    await Promise.all([transport.close(), pool.put(transport), transport.close(true)]);
    assert.throws(() => transport.client, TransportClosedError);
  },
};
