/**
 * What sharing connections gains: 64 callers, each with one request under way at a time, over one multiplexed
 * connection, a pool of four that are shared, and pools whose connections are held until the answer has come. The
 * server runs in a process of its own and answers at once, or after 2 ms. The fastest of several rounds counts; the
 * contenders take turns. Takes half a minute; `--quick` is a smoke run whose figures mean little.
 *
 * Run with `npm run bench:mux`.
 */
import type { Socket } from 'node:net';
import { type ServerProcess, startProcess } from '../examples/thrift/server-process.js';
import { lengthPrefixed, MuxConnection, muxPool, muxRequest } from '../lib/clients/mux/index.js';
import { tcpDialer, tcpPool } from '../lib/clients/tcp/index.js';

const CALLERS = 64;
const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 7;
const ROUND_MS = QUICK ? 20 : 400;
const PAYLOAD = Buffer.alloc(100, 'x');
/** Requests and answers look alike, so that a server that sends back what it gets answers every request. */
const CODEC = lengthPrefixed({ idBytes: 8, lengthBytes: 4 });

/** A way to make requests. */
interface Contender {
  readonly name: string;
  request(): Promise<unknown>;
  close(): Promise<void>;
}

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
    request: () => connection.request(PAYLOAD),
    close: () => connection.close(),
  };
}

function shared(port: number, maxActive: number): Contender {
  const pool = muxPool({ host: '127.0.0.1', port, codec: CODEC, pool: limits(maxActive) });
  return {
    name: `muxPool, ${maxActive} shared`,
    request: () => muxRequest(pool, PAYLOAD),
    close: () => pool.close(),
  };
}

function held(port: number, maxActive: number): Contender {
  const pool = muxPool({ host: '127.0.0.1', port, codec: CODEC, pool: limits(maxActive) });
  return {
    name: `muxPool, ${maxActive} held`,
    request: () => pool.do((connection) => connection.request(PAYLOAD)),
    close: () => pool.close(),
  };
}

function exclusive(port: number, maxActive: number): Contender {
  const pool = tcpPool({ host: '127.0.0.1', port, pool: limits(maxActive) });
  const frame = Buffer.concat([Buffer.alloc(CODEC.requestHeaderBytes), PAYLOAD]);
  return {
    name: `tcpPool, ${maxActive} exclusive`,
    request: () => pool.do((socket) => echoed(socket, frame)),
    close: () => pool.close(),
  };
}

/** Requests per second of one round. */
async function round({ request }: Contender): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + ROUND_MS;
  let count = 0;
  const caller = async () => {
    while (performance.now() < until) {
      await request();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (count * 1_000) / (performance.now() - startedAt);
}

async function measure(delayMs: number): Promise<void> {
  const server: ServerProcess = await startProcess(new URL('./echo-server.ts', import.meta.url), [
    `${delayMs}`,
  ]);
  const port = Number(server.address);
  const contenders = [
    await rawConnection(port),
    shared(port, 4),
    held(port, 4),
    exclusive(port, 4),
    exclusive(port, CALLERS),
  ];
  const best = contenders.map(() => 0);
  try {
    for (const contender of contenders) await round(contender); // warms up
    for (let i = 0; i < ROUNDS; i++) {
      for (const [at, contender] of contenders.entries())
        best[at] = Math.max(best[at]!, await round(contender));
    }
  } finally {
    await Promise.all(contenders.map((contender) => contender.close()));
    await server.stop();
  }
  console.log(
    `\n${CALLERS} callers, the server answers ${delayMs === 0 ? 'at once' : `after ${delayMs} ms`}`,
  );
  console.log(`${''.padEnd(26)}${'requests/s'.padStart(12)}${'ratio'.padStart(8)}`);
  for (const [at, { name }] of contenders.entries()) {
    const ratio = (best[at]! / best[0]!).toFixed(2);
    console.log(name.padEnd(26) + String(Math.round(best[at]!)).padStart(12) + ratio.padStart(8));
  }
}

await measure(0);
await measure(2);
