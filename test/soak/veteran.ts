import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { waitFor } from '../support/wait-for.js';
import { call, GENTLE_MOVES, type Tally } from './churn.js';
import type { Place } from './moves.js';
import type { Limits, Speaker } from './speakers.js';

/** Callers who share the one connection. */
const CALLERS = 4;

const LIMITS: Limits = { maxActive: 1, idleTimeoutMs: 0 };

/** A pool whose one connection lasts as long as the soak: what its users leave on it adds up. */
export class Veteran<TClient> {
  readonly socket: Socket;
  readonly #place: Place<TClient>;
  readonly #tally: Tally;

  private constructor(socket: Socket, place: Place<TClient>, tally: Tally) {
    this.socket = socket;
    this.#place = place;
    this.#tally = tally;
  }

  /** Dials the connection. */
  static async enlist<TClient>(
    speaker: Speaker<TClient>,
    port: number,
    signal: AbortSignal,
    tally: Tally,
  ): Promise<Veteran<TClient>> {
    const pool = speaker.makePool(port, LIMITS);
    const [socket] = await socketsMadeBy(() => pool.warmUp(1));
    if (socket === undefined) throw new Error('no socket was made');
    return new Veteran(socket, { pool, speaker, signal }, tally);
  }

  /**
   * Uses the connection for `ms`, then lets it rest, without heartbeats.
   * @throws Error when it was lost
   */
  async run(ms: number): Promise<void> {
    const { pool } = this.#place;
    pool.configure({ heartbeatIntervalMs: 20 });
    const until = performance.now() + ms;
    const isOn = () => performance.now() < until;
    await Promise.all(
      Array.from({ length: CALLERS }, () => call(this.#place, GENTLE_MOVES, this.#tally, isOn)),
    );
    pool.configure({ heartbeatIntervalMs: Infinity });
    await waitFor('no heartbeat is under way', () => pool.stats().idle === 1);
    if (pool.stats().dials !== 1) throw new Error('the connection that was to last was lost');
  }

  close(): Promise<void> {
    return this.#place.pool.close();
  }
}

async function socketsMadeBy(act: () => Promise<unknown>): Promise<Socket[]> {
  const sockets: Socket[] = [];
  const note = (message: unknown) => void sockets.push((message as { socket: Socket }).socket);
  subscribe('net.client.socket', note);
  try {
    await act();
  } finally {
    unsubscribe('net.client.socket', note);
  }
  return sockets;
}
