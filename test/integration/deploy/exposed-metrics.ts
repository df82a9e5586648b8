import { Registry } from 'prom-client';
import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { prometheus } from '../../../lib/observe/prometheus/index.js';
import { waitFor } from '../../support/wait-for.js';
import { LineServer } from '../cluster/line-server.js';

/** What can be scraped: every series' name, and the labels that each of them has. */
export type ExposedMetrics = ReadonlyMap<string, ReadonlySet<string>>;

/** Reads what a manager with a service of each prefix, and the middleware, really expose. */
export async function exposedMetrics(): Promise<ExposedMetrics> {
  const server = await new LineServer('a').start();
  const discovery = { type: 'static' as const, endpoints: [`127.0.0.1:${server.port}`] };
  const manager = new PoolManager({
    services: { calls: { protocol: 'grpc', discovery }, lines: { protocol: 'tcp', discovery } },
    admin: { port: 0 },
  });
  const register = new Registry();
  prometheus({ register });
  try {
    await manager.start();
    await manager.getPool('lines').ready({ timeoutMs: 5_000 });
    await server.kill();
    const scrape = async () => (await fetch(`${manager.adminUrl}/metrics`)).text();
    await waitFor('a closed connection in the metrics', async () =>
      /connpool_connections_destroyed_total\{.*reason="broken"/.test(await scrape()),
    );
    return new Map([...read(await scrape()), ...read(await register.metrics())]);
  } finally {
    await manager.stop({ timeoutMs: 0 });
    await server.kill();
  }
}

function read(exposition: string): ExposedMetrics {
  const labels = new Map<string, Set<string>>();
  for (const [, name, type] of exposition.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    const parts = type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    for (const part of parts) labels.set(`${name}${part}`, new Set());
  }
  for (const [, name, pairs] of exposition.matchAll(/^(\w+)\{(.*)\} /gm)) {
    for (const [, label] of pairs!.matchAll(/(\w+)="/g)) labels.get(name!)?.add(label!);
  }
  return labels;
}
