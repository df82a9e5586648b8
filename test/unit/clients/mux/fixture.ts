import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type Clock, install } from '@sinonjs/fake-timers';
import { FrameReader } from '../../../../lib/clients/mux/frame-reader.js';
import {
  type FrameCodec,
  lengthPrefixed,
  MuxConnection,
  type MuxConnectionOptions,
} from '../../../../lib/clients/mux/index.js';
import { recordHandles } from '../../../support/handles.js';
import { within } from '../../../support/wait-for.js';
import { socketPair } from './socket-pair.js';

/** Requests and answers look alike, so that a server can be written with it. */
export const CODEC = lengthPrefixed({ idBytes: 8, lengthBytes: 4, endian: 'BE' });

/** A frame of a codec whose requests and answers look alike. */
export function frame(id: bigint, payload: string | Uint8Array, codec: FrameCodec = CODEC): Buffer {
  const body = Buffer.from(payload as string);
  const header = Buffer.alloc(codec.requestHeaderBytes);
  codec.writeRequestHeader(header, id, body.length);
  return Buffer.concat([header, body]);
}

/** What a server got. */
export interface Received {
  readonly id: bigint;
  readonly payload: Buffer;
}

/** The other side of a connection under test: it collects requests and answers when it is told to. */
export class Peer {
  readonly received: Received[] = [];
  readonly #waiting: (() => void)[] = [];

  constructor(
    readonly socket: Socket,
    readonly codec: FrameCodec,
  ) {
    const reader = new FrameReader(codec, Infinity, {
      begins: () => true,
      takes: (id, payload) => {
        this.received.push({ id, payload });
        for (const look of this.#waiting.splice(0)) look();
      },
    });
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
  }

  /** Resolves with the first `count` requests. */
  async requests(count: number): Promise<Received[]> {
    while (this.received.length < count) {
      await within(`request ${count}`, new Promise<void>((resolve) => this.#waiting.push(resolve)));
    }
    return this.received.slice(0, count);
  }

  answer(id: bigint, payload: string | Uint8Array): void {
    this.socket.write(frame(id, payload, this.codec));
  }
}

/** Runs `test` with a connection and its peer, and sees to it that nothing is left. */
export async function withConnection(
  options: Partial<MuxConnectionOptions>,
  test: (connection: MuxConnection, peer: Peer) => unknown,
): Promise<void> {
  await null; // mocha starts the test's own timer when it has been given the promise
  const handles = recordHandles();
  {
    await using pair = await socketPair();
    const connection = new MuxConnection(pair.client, { codec: CODEC, ...options });
    await within(
      'the test ends',
      Promise.resolve(test(connection, new Peer(pair.server, options.codec ?? CODEC))),
    );
    await connection.close();
    const { inFlight, unsent } = connection.stats();
    assert.deepEqual({ inFlight, unsent }, { inFlight: 0, unsent: 0 });
  }
  await handles.assertNoneLeft();
}

/** `withConnection` on real sockets, while time stands still but for what `clock` is told. */
export function withClock(
  options: Partial<MuxConnectionOptions>,
  test: (connection: MuxConnection, peer: Peer, clock: Clock) => Promise<unknown>,
): Promise<void> {
  return withConnection(options, async (connection, peer) => {
    const clock = install({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
    try {
      await test(connection, peer, clock);
    } finally {
      clock.uninstall();
    }
  });
}
