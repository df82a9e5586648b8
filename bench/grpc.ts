/**
 * What the two modes of a gRPC pool cost and gain: 64 callers, each with one call under way at a time, over one raw
 * client, over pools that share their connections, and over pools whose connections are one caller's at a time. The
 * server runs in a process of its own and answers at once, or after 2 ms. The fastest of several rounds counts; the
 * contenders take turns. Takes half a minute; `--quick` is a smoke run whose figures mean little.
 *
 * Run with `npm run bench:grpc`.
 */
import { credentials } from '@grpc/grpc-js';
import { Greeter, type GreeterClient, type HelloReply } from '../examples/grpc/greeter.js';
import { startProcess } from '../examples/thrift/server-process.js';
import { grpcPool, unary } from '../lib/clients/grpc/index.js';

const CALLERS = 64;
const QUICK = process.argv.includes('--quick');
const ROUNDS = QUICK ? 1 : 7;
const ROUND_MS = QUICK ? 20 : 400;
const REQUEST = { name: 'x'.repeat(100) };

/** A way to make calls. */
interface Contender {
  readonly name: string;
  call(): Promise<unknown>;
  close(): Promise<void>;
}

const sayHello = (client: GreeterClient) => unary<HelloReply>((done) => client.sayHello(REQUEST, done));

function rawClient(address: string): Contender {
  const client = new Greeter(address, credentials.createInsecure());
  return { name: 'one raw client', call: () => sayHello(client), close: async () => client.close() };
}

function shared(address: string, maxActive: number): Contender {
  const streamsPerConnection = Math.ceil(CALLERS / maxActive);
  const pool = grpcPool(Greeter, { address, streamsPerConnection, pool: { maxActive } });
  return {
    name: `shared, ${maxActive} x ${streamsPerConnection} callers`,
    call: () => pool.do(sayHello),
    close: () => pool.close(),
  };
}

function exclusive(address: string, maxActive: number): Contender {
  const pool = grpcPool(Greeter, { address, pool: { maxActive, waitTimeoutMs: 0 } });
  return {
    name: `exclusive, ${maxActive} connections`,
    call: () => pool.do(sayHello),
    close: () => pool.close(),
  };
}

/** Calls per second of one round. */
async function round({ call }: Contender): Promise<number> {
  const startedAt = performance.now();
  const until = startedAt + ROUND_MS;
  let count = 0;
  const caller = async () => {
    while (performance.now() < until) {
      await call();
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: CALLERS }, caller));
  return (count * 1_000) / (performance.now() - startedAt);
}

async function measure(delayMs: number): Promise<void> {
  const server = await startProcess(new URL('../examples/grpc/server.ts', import.meta.url), [
    '--port',
    '0',
    '--delay-ms',
    `${delayMs}`,
  ]);
  const address = `127.0.0.1:${server.address}`;
  const contenders = [
    rawClient(address),
    shared(address, 1),
    shared(address, 4),
    exclusive(address, 4),
    exclusive(address, CALLERS),
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
  const when = delayMs === 0 ? 'at once' : `after ${delayMs} ms`;
  console.log(`\n${CALLERS} callers, the server answers ${when}`);
  console.log(`${''.padEnd(26)}${'calls/s'.padStart(12)}${'ratio'.padStart(8)}`);
  for (const [at, { name }] of contenders.entries()) {
    const ratio = (best[at]! / best[0]!).toFixed(2);
    console.log(name.padEnd(26) + String(Math.round(best[at]!)).padStart(12) + ratio.padStart(8));
  }
}

await measure(0);
await measure(2);
