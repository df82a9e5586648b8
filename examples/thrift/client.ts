// A pooled client of the echo service, and what it does when things go wrong. It starts the server itself:
//
//   node --import tsx examples/thrift/client.ts
import { setTimeout as pause } from 'node:timers/promises';
import type { ConnPool } from 'connpool';
import { isThriftConnectionError, thriftPool } from 'connpool/thrift';
import EchoService from './gen-nodejs/EchoService.js';
import { EchoError } from './gen-nodejs/echo_types.js';
import { type ServerProcess, startServerProcess } from './server-process.js';

type EchoPool = ConnPool<InstanceType<typeof EchoService.Client>>;

let server = await startServerProcess('--port', '0', '--delay-ms', '1');
const { address } = server;
const pool = thriftPool(EchoService, {
  host: '127.0.0.1',
  port: Number(address),
  requestTimeoutMs: 2_000,
  heartbeat: (client) => client.Ping(),
  pool: { maxActive: 4, dialRetryCount: 2, dialRetryDelayMs: 20 },
});

try {
  await manyCallersFewConnections(pool);
  await exceptionOfTheService(pool);
  await brokenConnection(pool);
  server = await serverKilledUnderLoad(pool, server);
} finally {
  await pool.close();
  await server.stop();
}

/** 500 callers at once share 4 connections; each gets its own answer. */
async function manyCallersFewConnections(pool: EchoPool): Promise<void> {
  const messages = Array.from({ length: 500 }, (_, i) => `hello ${i}`);
  const startedAt = performance.now();
  const answers = await Promise.all(messages.map((message) => pool.do((client) => client.Echo(message))));
  const right = answers.filter((answer, i) => answer === messages[i]).length;
  const tookMs = Math.round(performance.now() - startedAt);
  console.log(
    `callers:   ${messages.length} at once, ${right} right answers over ${pool.stats().open} connections, ${tookMs} ms`,
  );
}

/** An exception declared in the IDL is an answer: the caller gets it, the connection stays. */
async function exceptionOfTheService(pool: EchoPool): Promise<void> {
  const before = pool.stats();
  try {
    await pool.do((client) => client.Echo('refuse: this one'));
  } catch (error) {
    if (!(error instanceof EchoError)) throw error;
    const after = pool.stats();
    const kept = after.closed.broken === before.closed.broken && after.open === before.open;
    console.log(`exception: EchoError (${error.reason}), connection ${kept ? 'kept' : 'LOST'}`);
  }
}

/** A connection that is cut fails its call at once; it is destroyed, and the next call gets a new one. */
async function brokenConnection(pool: EchoPool): Promise<void> {
  const before = pool.stats();
  try {
    await pool.do((client) => client.Echo('hang up: now'));
  } catch (error) {
    if (!isThriftConnectionError(error)) throw error;
    const broken = pool.stats().closed.broken - before.closed.broken;
    await Promise.all(Array.from({ length: 4 }, () => pool.do((client) => client.Echo('again'))));
    const replaced = pool.stats().dials - before.dials;
    console.log(`broken:    ${(error as Error).message}; destroyed ${broken}, replaced ${replaced}`);
  }
}

/** kill -9 and a restart under load: every call ends, in its answer or in an error that says what happened. */
async function serverKilledUnderLoad(pool: EchoPool, server: ServerProcess): Promise<ServerProcess> {
  let [started, results] = [0, 0];
  const errors = new Map<string, number>();
  let running = true;
  const callers = Array.from({ length: 20 }, async () => {
    while (running) {
      started++;
      try {
        await pool.do((client) => client.Echo('hello'));
        results++;
      } catch (error) {
        const code = (error as { code?: string }).code ?? String(error);
        errors.set(code, (errors.get(code) ?? 0) + 1);
      }
    }
  });
  await pause(300);
  await server.stop('SIGKILL');
  await pause(300);
  const restarted = await startServerProcess('--port', address, '--delay-ms', '1');
  const resultsBefore = results;
  while (results < resultsBefore + 100) await pause(10);
  running = false;
  await Promise.all(callers);

  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...errors].map(([code, count]) => `${count} ${code}`).join(', ');
  console.log(
    `restart:   ${started} calls started = ${results} results + ${failed} errors (${kinds}), ` +
      `${started - results - failed} without an end`,
  );
  return restarted;
}
