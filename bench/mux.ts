/**
 * What sharing connections gains: 64 callers, each with one request under way at a time, over one multiplexed
 * connection, a pool of four that are shared, and pools whose connections are held until the answer has come. The
 * server runs in a process of its own and answers at once, or after 2 ms. Takes half a minute; `--quick` is a smoke run whose figures mean little.
 *
 * Run with `npm run bench:mux`.
 */
import type { Socket } from 'node:net';
import { startProcess } from '../examples/thrift/server-process.js';
import { lengthPrefixed, MuxConnection, muxPool, muxRequest } from '../lib/clients/mux/index.js';
import { tcpDialer, tcpPool } from '../lib/clients/tcp/index.js';
import { CALLERS, type Contender, compare } from './callers.js';

const PAYLOAD = Buffer.alloc(100, 'x');
/** Requests and answers look alike, so that a server that sends back what it gets answers every request. */
const CODEC = lengthPrefixed({ idBytes: 8, lengthBytes: 4 });

/** An exclusive call: sends as many bytes as a frame has and waits until as many have come back. */
function echoed(socket: Socket, frame: Buffer): Promise<void> {
  return new Promise((resolve) => {
    let left = frame.length;
    const onData = (chunk: Buffer) => {
      left -= chunk.length;
      if (left > 0) return;
      socket.off('data', onData);
      resolve();
    };
    socket.on('data', onData);
    socket.write(frame);
  });
}

const limits = (maxActive: number) => ({ maxActive, waitTimeoutMs: 0 });

async function rawConnection(port: number): Promise<Contender> {
  const socket = await tcpDialer({ port, host: '127.0.0.1' }).dial({
    signal: new AbortController().signal,
    markBroken: () => {},
  });
  const connection = new MuxConnection(socket, { codec: CODEC });
  return {
    name: 'one raw MuxConnection',
    call: () => connection.request(PAYLOAD),
    close: () => connection.close(),
  };
}

function shared(port: number, maxActive: number): Contender {
  const pool = muxPool({ host: '127.0.0.1', port, codec: CODEC, pool: limits(maxActive) });
  return {
    name: `muxPool, ${maxActive} shared`,
    call: () => muxRequest(pool, PAYLOAD),
    close: () => pool.close(),
  };
}

function held(port: number, maxActive: number): Contender {
  const pool = muxPool({ host: '127.0.0.1', port, codec: CODEC, pool: limits(maxActive) });
  return {
    name: `muxPool, ${maxActive} held`,
    call: () => pool.do((connection) => connection.request(PAYLOAD)),
    close: () => pool.close(),
  };
}

function exclusive(port: number, maxActive: number): Contender {
  const pool = tcpPool({ host: '127.0.0.1', port, pool: limits(maxActive) });
  const frame = Buffer.concat([Buffer.alloc(CODEC.requestHeaderBytes), PAYLOAD]);
  return {
    name: `tcpPool, ${maxActive} exclusive`,
    call: () => pool.do((socket) => echoed(socket, frame)),
    close: () => pool.close(),
  };
}

await compare({
  unit: 'requests',
  startServer: (delayMs) => startProcess(new URL('./echo-server.ts', import.meta.url), [`${delayMs}`]),
  contenders: async (port) => [
    await rawConnection(port),
    shared(port, 4),
    held(port, 4),
    exclusive(port, 4),
    exclusive(port, CALLERS),
  ],
});
