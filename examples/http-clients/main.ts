// Shared HTTP clients behind one cluster: every middleware, a breaker at work, and the metrics of it all.
//
//   npm run example:http-clients
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { collectPools } from 'connpool/prometheus';
import { Registry } from 'prom-client';
import { sendCalls } from './callers.js';
import { listen } from './listen.js';
import { redisLimiter } from './redis-limiter.js';
import { COOLDOWN_MS, weatherCluster } from './weather-cluster.js';
import { startWeatherServer } from './weather-server.js';

const USAGE = `usage: main.ts [--serve] [--redis URL]
  --serve      keep /metrics up until interrupted
  --redis URL  take the rate limit from Redis, shared with other processes, e.g. redis://127.0.0.1:6379`;
const flags = readFlags();
const limiter = flags.redis === undefined ? undefined : await redisLimiter(flags.redis).catch(fail);

const servers = {
  north: await startWeatherServer(),
  east: await startWeatherServer(),
  south: await startWeatherServer(),
};
const urls = Object.fromEntries(Object.entries(servers).map(([id, { url }]) => [id, url]));
let isOpen = true;
const register = new Registry();
const cluster = weatherCluster({ urls, register, isOpen: () => isOpen, limiter });
cluster.on('breakerOpen', ({ id }, error) => console.log(`  breaker of ${id} opens: ${error}`));
cluster.on('breakerHalfOpen', ({ id }) => console.log(`  breaker of ${id} lets a call through on trial`));
cluster.on('breakerClose', ({ id }) => console.log(`  breaker of ${id} closes`));

collectPools(register, [cluster], { prefix: 'weather' });
const metrics = await listen(createServer(async (_, response) => response.end(await register.metrics())));

const total = { calls: 0, answered: 0, refused: 0, failed: 0 };
await act('All is well: the first server is given twice the calls of the others', 300);

servers.east.mood = 'ill';
await act('East fails: its breaker opens, and its calls run again elsewhere', 300);

servers.east.mood = 'well';
await pause(COOLDOWN_MS + 50);
await act('East is well again: after its rest a call on trial closes the breaker', 100);

servers.north.mood = 'slow';
await act('North takes 120 ms: after 60 ms a call is sent to another server as well', 100);
servers.north.mood = 'well';

isOpen = false;
await act("A middleware of one's own refuses, and no server hears of it", 5);
isOpen = true;

await showMetrics();
const { calls, answered, refused, failed } = total;
console.log(`\n${calls} calls = ${answered} answered + ${refused} refused + ${failed} failed`);
process.exitCode = failed === 0 && calls === answered + refused ? 0 : 1;
if (flags.serve) {
  console.log(`${metrics.url}/metrics stays up until interrupted`);
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
}
await cluster.close();
limiter?.close();
await Promise.all([metrics, ...Object.values(servers)].map((server) => server.close()));

/** Sends calls and prints what became of them. */
async function act(title: string, count: number): Promise<void> {
  console.log(title);
  const before = Object.values(servers).map(({ requests }) => requests);
  const { answered, refused, failed, slowestMs } = await sendCalls(cluster, count);
  const requests = Object.entries(servers).map(([id, s], i) => `${id} ${s.requests - (before[i] ?? 0)}`);
  console.log(
    `  ${answered} answered, ${refused} refused, ${failed} failed; slowest ${Math.round(slowestMs)} ms`,
  );
  console.log(`  requests: ${requests.join(', ')}`);
  total.calls += count;
  total.answered += answered;
  total.refused += refused;
  total.failed += failed;
}

async function showMetrics(): Promise<void> {
  console.log(`\n${metrics.url}/metrics says, among other things:`);
  const text = await (await fetch(`${metrics.url}/metrics`)).text();
  for (const line of text.split('\n')) {
    if (/^(middleware_requests?_(errors_)?total|weather_node_breaker_state)/.test(line))
      console.log(`  ${line}`);
  }
}

function readFlags() {
  try {
    return parseArgs({ options: { serve: { type: 'boolean' }, redis: { type: 'string' } } }).values;
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

function fail(error: Error): never {
  console.error(error.message);
  process.exit(1);
}
