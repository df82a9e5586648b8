// A rolling release: every server of a service is replaced by a new one, one after the other, while clients call as
// fast as they can. No call is retried, and none may fail. It starts everything itself, Consul too when the program
// is installed; otherwise the servers stand in a file.
//
//   node --import tsx examples/consul-rolling/main.ts [--consul host:port]
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Cluster } from 'connpool';
import { thriftPool } from 'connpool/thrift';
import { startConsul } from '../mindalpha/consul-agent.js';
import EchoService from '../thrift/gen-nodejs/EchoService.js';
import type { ServerProcess } from '../thrift/server-process.js';
import { consulFleet, type Fleet, fileFleet } from './fleet.js';
import { type EchoClient, Load } from './load.js';

const SERVERS = 3;
const CALLERS = 20;
/** Longest that a new server may wait for its first call, ms. */
const FIRST_CALL_MS = 10_000;

const { values } = parseArgs({ options: { consul: { type: 'string' } } });
const ownConsul = values.consul === undefined ? await startConsul() : undefined;
const consul = values.consul ?? ownConsul?.address;
console.log(
  `discovery: ${consul === undefined ? 'a file; the program consul is not installed' : `Consul at ${consul}`}`,
);

const fleet = consul === undefined ? await fileFleet() : consulFleet(consul);
const running = new Set<ServerProcess>();
const cluster = echoCluster(fleet);
try {
  const old: ServerProcess[] = [];
  for (let i = 0; i < SERVERS; i++) old.push(await start(fleet));
  await cluster.ready({ timeoutMs: 10_000 });
  const load = new Load(cluster, CALLERS);
  try {
    await pause(500);
    for (const server of old) await replace(server, load);
    await pause(500);
  } finally {
    await load.stop();
  }
  summarize(load, old);
} finally {
  await cluster.close();
  for (const server of running) await fleet.retire(server);
  await fleet.end();
  await ownConsul?.stop();
}

function echoCluster({ discovery }: Fleet): Cluster<EchoClient> {
  return new Cluster<EchoClient>({
    name: 'echo',
    discovery,
    connect: ({ host = '127.0.0.1', port = 9090 }) =>
      thriftPool(EchoService, {
        host,
        port,
        requestTimeoutMs: 2_000,
        heartbeat: (client) => client.Ping(),
        pool: { maxActive: 8 },
      }),
    prewarm: 2, // a new server takes calls when two connections to it stand
  });
}

async function start(fleet: Fleet): Promise<ServerProcess> {
  const server = await fleet.start();
  running.add(server);
  return server;
}

/** The new one first, and when calls reach it, the old one goes. */
async function replace(server: ServerProcess, load: Load): Promise<void> {
  const startedAt = performance.now();
  const since = () => `${Math.round(performance.now() - startedAt)} ms`;
  const fresh = await start(fleet);
  const until = performance.now() + FIRST_CALL_MS;
  while (!load.byNode.has(`127.0.0.1:${fresh.address}`)) {
    if (performance.now() > until) throw new Error(`no call reached the server at ${fresh.address}`);
    await pause(10);
  }
  const takenAfter = since();
  running.delete(server);
  await fleet.retire(server);
  const { nodes } = cluster.stats();
  console.log(
    `replaced:  ${server.address} by ${fresh.address}: calls reached it after ${takenAfter}, ` +
      `the old one was gone after ${since()}; ${nodes.length} nodes, ${load.results} results`,
  );
}

function summarize({ started, results, errors, byNode }: Load, old: readonly ServerProcess[]): void {
  const failed = started - results;
  const current = cluster.stats().nodes.map(({ id }) => id);
  console.log(
    `summary:   ${started} calls = ${results} results + ${failed} failed, over ${byNode.size} servers; now ${current.join(', ')}`,
  );
  for (const [kind, count] of errors) console.log(`  ${count} x ${kind}`);
  const isReplaced = old.every(({ address }) => !current.includes(`127.0.0.1:${address}`));
  process.exitCode = failed === 0 && isReplaced && current.length === SERVERS ? 0 : 1;
}
