// A pooled client of a MindAlpha-Serving service, and what it does while a server dies. It starts everything itself:
// three stand-in servers, each in a process of its own, and Consul when the program is installed.
//
//   node --import tsx examples/mindalpha/main.ts [--consul host:port]
import { parseArgs } from 'node:util';
import { type Cluster, type Endpoint, staticDiscovery } from 'connpool';
import { registerService } from 'connpool/consul';
import type { MuxConnection } from 'connpool/mux';
import { type ServerProcess, startProcess } from '../thrift/server-process.js';
import { startConsul } from './consul-agent.js';
import { DEFAULT_WEIGHT, mindAlphaCluster, mindAlphaPool, predict } from './mindalpha-pool.js';

const SERVICE = 'mindalpha-demo';
const MAX_CONN_NUM_PER_ADDR = 2;

/** What each server registers as its `balanceFactor`; the last one registers none and weighs 200. */
const SERVERS: readonly { name: string; balanceFactor?: number }[] = [
  { name: 'large', balanceFactor: 400 },
  { name: 'small', balanceFactor: 200 },
  { name: 'plain' },
];

/** A running server, and how it leaves Consul's list. */
interface Member {
  readonly name: string;
  readonly process: ServerProcess;
  readonly endpoint: Endpoint;
  deregister(): Promise<void>;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const { values } = parseArgs({ options: { consul: { type: 'string' } } });

const ownConsul = values.consul === undefined ? await startConsul() : undefined;
const consulAddr = values.consul ?? ownConsul?.address;
console.log(
  consulAddr === undefined
    ? 'discovery: a static list; the program consul is not installed'
    : `discovery: Consul at ${consulAddr}${ownConsul === undefined ? '' : ', started for this example'}`,
);
const members = await Promise.all(SERVERS.map((server) => startMember(server, consulAddr)));
const pool =
  consulAddr === undefined
    ? mindAlphaCluster(staticDiscovery(members.map(({ endpoint }) => endpoint)), MAX_CONN_NUM_PER_ADDR)
    : mindAlphaPool({ consulAddr, service: SERVICE, maxConnNumPerAddr: MAX_CONN_NUM_PER_ADDR });

try {
  await allServersKnown(pool);
  await manyRequestsFewConnections(pool);
  await serverDies(pool, members);
} finally {
  await pool.close();
  await Promise.all(members.map((member) => member.deregister()));
  await Promise.all(members.map((member) => member.process.stop('SIGKILL')));
  await ownConsul?.stop();
}

async function startMember(
  { name, balanceFactor }: (typeof SERVERS)[number],
  consul: string | undefined,
): Promise<Member> {
  const process = await startProcess(new URL('./server.ts', import.meta.url), ['--name', name]);
  const [host, port] = ['127.0.0.1', Number(process.address)];
  const endpoint = { id: name, host, port, weight: balanceFactor ?? DEFAULT_WEIGHT };
  if (consul === undefined) return { name, process, endpoint, deregister: async () => {} };
  const meta = balanceFactor === undefined ? {} : { balanceFactor: String(balanceFactor) };
  const id = `${SERVICE}-${name}-${port}`;
  const registration = await registerService({ address: consul, service: SERVICE, id, host, port, meta });
  return { name, process, endpoint, deregister: () => registration.deregister() };
}

/** Instances come into Consul's list one by one. */
async function allServersKnown(pool: Cluster<MuxConnection>): Promise<void> {
  await pool.ready({ timeoutMs: 20_000 });
  while (pool.stats().nodes.length < SERVERS.length) await new Promise((resolve) => setTimeout(resolve, 20));
  const nodes = pool.stats().nodes.map(({ id, weight }) => `${id} (weight ${weight})`);
  console.log(`servers:   ${nodes.join(', ')}`);
}

/** 4,000 requests at once over at most 2 connections per server, shared out by weight, each with its own answer. */
async function manyRequestsFewConnections(pool: Cluster<MuxConnection>): Promise<void> {
  const startedAt = performance.now();
  const texts = Array.from({ length: 4_000 }, (_, i) => `features of item ${i}`);
  const answers = await Promise.all(
    texts.map((text) => predict(pool, Buffer.from(text), { timeoutMs: 5_000 })),
  );
  const tookMs = Math.round(performance.now() - startedAt);
  const shares = new Map<string, number>();
  let right = 0;
  for (const [i, answer] of answers.entries()) {
    const [server = '', text] = String(answer).split(': ');
    shares.set(server, (shares.get(server) ?? 0) + 1);
    if (text === texts[i]) right += 1;
  }
  const connections = pool.stats().nodes.reduce((sum, { source }) => sum + source.open, 0);
  console.log(
    `requests:  ${texts.length} at once, ${right} right answers over ${connections} connections in ${tookMs} ms: ` +
      [...shares].map(([server, count]) => `${server} ${count}`).join(', '),
  );
}

/** kill -9 under load: what was in flight there fails at once, everything after it goes to the others. */
async function serverDies(pool: Cluster<MuxConnection>, members: readonly Member[]): Promise<void> {
  const victim = members[0]!;
  let [started, answered] = [0, 0];
  const errors = new Map<string, number>();
  let isRunning = true;
  const callers = Array.from({ length: 50 }, async () => {
    while (isRunning) {
      started += 1;
      try {
        await predict(pool, Buffer.from('features'), { timeoutMs: 2_000 });
        answered += 1;
      } catch (error) {
        const { code } = error as { code?: string };
        errors.set(code ?? String(error), (errors.get(code ?? String(error)) ?? 0) + 1);
      }
    }
  });
  const answeredMore = async (count: number) => {
    const goal = answered + count;
    while (answered < goal) await new Promise((resolve) => setTimeout(resolve, 5));
  };
  try {
    await answeredMore(500);
    await victim.process.stop('SIGKILL');
    await victim.deregister();
    await answeredMore(1_000);
  } finally {
    isRunning = false;
    await Promise.all(callers);
  }
  const failed = [...errors.values()].reduce((sum, count) => sum + count, 0);
  const kinds = [...errors].map(([code, count]) => `${count} ${code}`).join(', ');
  console.log(
    `death:     '${victim.name}' was killed under load: ${started} requests started = ${answered} answers + ` +
      `${failed} errors${kinds === '' ? '' : ` (${kinds})`}, ${started - answered - failed} without an end`,
  );
}
