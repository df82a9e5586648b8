import type { Socket } from 'node:net';
import EchoService from '../../examples/thrift/gen-nodejs/EchoService.js';
import { tcpPool } from '../../lib/clients/tcp/index.js';
import { closeThriftClient, thriftPool } from '../../lib/clients/thrift/index.js';
import { type ConnPool, ConnPoolError, type ConnPoolOptions } from '../../lib/pool/index.js';

/** Limits and timings of a pool under churn. */
export type Limits = Omit<ConnPoolOptions<never>, 'dial' | 'heartbeat' | 'close' | 'meta' | 'isBroken'>;

/** How to talk to one kind of server. */
export interface Speaker<TClient> {
  readonly name: string;
  makePool(port: number, limits: Limits): ConnPool<TClient>;
  /** Sends a message and gives the answer; rejects when the connection fails or no answer comes. */
  say(client: TClient, message: string): Promise<string>;
  /** Messages that are not answered in good order. */
  readonly unanswerable: readonly string[];
  /** One of them that gets no answer at all. */
  readonly mute: string;
  /** Closes a client that was detached. */
  hangUp(client: TClient): unknown;
}

/** A call on a raw socket failed, as far as the socket did not say so itself. */
class LineError extends ConnPoolError {
  constructor(what: string) {
    super('ERR_LINE', what);
  }
}

/** Lines over a raw socket. `callMs`: how long a call waits for its answer. */
export function tcpSpeaker(callMs: number): Speaker<Socket> {
  return {
    name: 'tcp',
    makePool: (port, pool) =>
      tcpPool({
        host: '127.0.0.1',
        port,
        heartbeat: async (socket) => (await sayLine(socket, 'ping', callMs)) === 'ping',
        pool,
      }),
    say: (socket, line) => sayLine(socket, line, callMs),
    unanswerable: ['cut', 'reset', 'mute'],
    mute: 'mute',
    hangUp: (socket) => socket.destroy(),
  };
}

type EchoClient = InstanceType<typeof EchoService.Client>;

/** Calls of the echo service of examples/thrift. `callMs`: how long a call waits for its answer. */
export function thriftSpeaker(callMs: number): Speaker<EchoClient> {
  return {
    name: 'thrift',
    makePool: (port, pool) =>
      thriftPool(EchoService, {
        host: '127.0.0.1',
        port,
        requestTimeoutMs: callMs,
        heartbeat: (client) => client.Ping(),
        pool,
      }),
    say: (client, message) => client.Echo(message),
    unanswerable: ['hang up:', 'mute:', 'refuse:'],
    mute: 'mute:',
    hangUp: closeThriftClient,
  };
}

async function sayLine(socket: Socket, line: string, callMs: number): Promise<string> {
  let stop = () => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = '';
      const onData = (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.endsWith('\n')) resolve(text.slice(0, -1));
      };
      const onEnd = () => reject(new LineError('the connection ended'));
      const timer = setTimeout(() => reject(new LineError('no answer came')), callMs);
      stop = () => {
        clearTimeout(timer);
        socket.off('data', onData).off('error', reject).off('end', onEnd).off('close', onEnd);
      };
      socket.on('data', onData).on('error', reject).on('end', onEnd).on('close', onEnd);
      socket.write(`${line}\n`);
    });
  } finally {
    stop();
  }
}
