import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { Registry } from 'prom-client';
import { Cluster } from '../../../lib/cluster/index.js';
import { staticDiscovery } from '../../../lib/discovery/index.js';
import { collectPools as collectForOtel } from '../../../lib/observe/otel/index.js';
import { collectPools } from '../../../lib/observe/prometheus/index.js';
import type { Observed } from '../../../lib/observe/sources.js';
import { pool } from './observed-fixture.js';
import { meterWithReader } from './otel-fixture.js';

type Stats = Record<string, unknown>;

/** Figures that no metric has, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'cluster.state': 'a cluster that closes is on its way out of what is observed',
  'cluster.cut': 'known when the cluster has closed and nobody asks any more',
  'cluster.nodes.0.host': 'the node’s id is its label',
  'cluster.nodes.0.port': 'the node’s id is its label',
  'cluster.nodes.0.lastError': 'text, without an end to its values',
  'cluster.nodes.0.source.gets': 'inside a cluster the node’s calls are counted',
};

/** What a word changes to; one that is not here is a name. */
const OTHER_WORDS: Readonly<Record<string, string>> = { open: 'paused', healthy: 'ejected', closed: 'open' };

const EXPORTERS: Readonly<Record<string, (source: Observed) => Promise<string>>> = {
  async Prometheus(source) {
    const register = new Registry();
    collectPools(register, [source], { durations: false });
    return register.metrics();
  },
  async OpenTelemetry(source) {
    const { meter, collect } = meterWithReader();
    const stop = collectForOtel(meter, [source], { durations: false });
    const seen = await collect();
    stop();
    return JSON.stringify(seen);
  },
};

/** Where the figures of a snapshot stand, as paths with dots. */
function paths(value: unknown, path: string): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => paths(inner, `${path}.${key}`));
}

/** The snapshot with another figure at that path. */
function changed(stats: Stats, path: string): Stats {
  const copy = structuredClone(stats);
  const keys = path.split('.').slice(1);
  const last = keys.pop()!;
  const holder = keys.reduce((inner, key) => inner[key] as Stats, copy);
  holder[last] = other(holder[last]);
  return copy;
}

function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 3;
  if (typeof value === 'boolean') return !value;
  return OTHER_WORDS[value as string] ?? `${value}-other`;
}

describe('every figure of a snapshot is exported', () => {
  const snapshots: Record<string, Stats> = {};
  const lone = pool({ name: 'p' });
  const cluster = new Cluster<object>({
    name: 'k',
    discovery: staticDiscovery([{ id: 'a', host: '127.0.0.1', port: 7 }]),
    connect: ({ id }) => pool({ name: `k/${id}` }),
  });

  before(async () => {
    await lone.do(() => 1);
    await cluster.ready();
    await cluster.do(() => 1);
    snapshots.pool = { ...lone.stats() };
    snapshots.cluster = { ...cluster.stats() };
  });

  after(() => Promise.all([lone.close(), cluster.close()]));

  for (const [exporter, expose] of Object.entries(EXPORTERS)) {
    for (const kind of ['pool', 'cluster']) {
      it(`of a ${kind} by ${exporter}, but for those that are listed here`, async () => {
        const stats = snapshots[kind]!;
        const source = (snapshot: Stats) => ({ stats: () => snapshot }) as unknown as Observed;
        const before = await expose(source(stats));
        const missing: string[] = [];
        for (const path of paths(stats, kind)) {
          const isSeen = (await expose(source(changed(stats, path)))) !== before;
          if (!isSeen && LEFT_OUT[path] === undefined) missing.push(path);
          assert.ok(!isSeen || LEFT_OUT[path] === undefined, `${path} is listed, and exported all the same`);
        }
        assert.deepEqual(missing, []);
      });
    }
  }
});
