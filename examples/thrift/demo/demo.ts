// What `npm start` runs: an echo service in its own process, a pool, many callers, and a crash of the service half
// way. Ends with a summary; the exit code says whether every call was accounted for.
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConnPool } from 'connpool';
import { thriftPool } from 'connpool/thrift';
import EchoService from '../gen-nodejs/EchoService.js';
import { type ServerProcess, startServerProcess } from '../server-process.js';
import { ConnectionCount } from './connection-count.js';
import { readDemoOptions } from './demo-options.js';
import { Load } from './load.js';
import { Progress } from './progress.js';
import { describe, summarise } from './summary.js';

const options = readDemoOptions(process.argv.slice(2));
const out = options.json ? process.stderr : process.stdout;

let service = options.server === undefined ? await startServerProcess('--port', '0') : undefined;
const { host, port } = options.server ?? { host: '127.0.0.1', port: Number(service?.address) };

const pool = thriftPool(EchoService, {
  host,
  port,
  requestTimeoutMs: 2_000,
  heartbeat: (client) => client.Ping(),
  // Enough attempts to bridge the time that the service takes to come back.
  pool: { name: 'echo', maxActive: options.connections, dialRetryCount: 6, dialRetryDelayMs: 100 },
});

const connections = new ConnectionCount(pool as ConnPool<never>);

try {
  await pool.warmUp(1);
} catch (error) {
  process.stderr.write(`cannot reach the echo service at ${host}:${port}: ${(error as Error).message}\n`);
  await pool.close();
  await service?.stop();
  process.exit(1);
}

const load = new Load(pool);
const progress = new Progress(out, load, pool as ConnPool<never>);
progress.note(
  `${options.concurrency} callers on ${options.connections} connections to ${host}:${port} ` +
    `for ${options.durationMs / 1_000} s`,
);
const startedAt = performance.now();
const restarting = service === undefined ? undefined : restartHalfWay(service);
await load.run(options.concurrency, options.durationMs);
const seconds = (performance.now() - startedAt) / 1_000;
service = await restarting;
progress.stop();
await pool.close();
await service?.stop();

const summary = summarise(load, pool.stats(), seconds, restarting === undefined ? 0 : 1, connections);
process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : describe(summary));
process.exitCode = summary.calls.lost === 0 && summary.pool.open === 0 ? 0 : 1;

/** Kills the service in mid-call and starts it again on the same port. */
async function restartHalfWay(running: ServerProcess): Promise<ServerProcess> {
  await sleep(options.durationMs / 2);
  await running.stop('SIGKILL');
  progress.note('the service was killed in mid-call');
  const next = await startServerProcess('--port', String(port));
  progress.note('the service is back');
  return next;
}
