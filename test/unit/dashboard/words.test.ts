import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import type { ClusterEvents } from '../../../lib/cluster/cluster-events.js';
import type { NodeState } from '../../../lib/cluster/cluster-stats.js';
import type { ServiceState } from '../../../lib/manager/manager-view.js';

type Table = Readonly<Record<string, readonly [words: string, tone: string]>>;

interface Words {
  readonly EVENTS: Table;
  readonly STATES: Table;
  eventWords(event: string): { words: string; tone: string };
}

const words = new URL('../../../lib/manager/dashboard/words.js', import.meta.url);
const style = new URL('../../../lib/manager/dashboard/style.css', import.meta.url);
const manager = new URL('../../../lib/manager/', import.meta.url);

/** Complete by their types: an event or a state that is new does not compile until it stands here. */
const CLUSTER_EVENTS: Record<keyof ClusterEvents<unknown>, true> = {
  nodeAdded: true,
  nodeReady: true,
  nodeRemoved: true,
  nodeClosed: true,
  breakerOpen: true,
  breakerHalfOpen: true,
  breakerClose: true,
  nodeEjected: true,
  nodeReadmitted: true,
  healthCheckFailed: true,
  nodeMarkedUp: true,
  prewarmError: true,
  discoveryUpdate: true,
  discoveryError: true,
  closeError: true,
};
const PAGE_STATES: Record<NodeState | ServiceState, true> = {
  draining: true,
  warming: true,
  unhealthy: true,
  ejected: true,
  open: true,
  'half-open': true,
  'slow-start': true,
  healthy: true,
  starting: true,
  ready: true,
  failed: true,
  stopped: true,
};

/** Names that the manager itself gives to what happens to services, as its source has them. */
function serviceEvents(): string[] {
  const sources = readdirSync(manager)
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(new URL(name, manager), 'utf8'));
  return sources.flatMap((source) =>
    [...source.matchAll(/\btell\('(\w+)'|\bevent: '(\w+)'/g)].map(([, told, event]) => (told ?? event)!),
  );
}

describe('the words of the dashboard', () => {
  let page: Words;

  before(async () => {
    page = (await import(words.href)) as Words;
  });

  it('are there for every event of a cluster', () => {
    const missing = Object.keys(CLUSTER_EVENTS).filter((event) => !Object.hasOwn(page.EVENTS, event));
    assert.deepEqual(missing, []);
  });

  it('are there for every event that the manager tells of a service', () => {
    const told = serviceEvents();
    for (const name of [
      'serviceAdded',
      'serviceRemoved',
      'serviceReplaced',
      'limitsChanged',
      'serviceFailed',
    ])
      assert.ok(told.includes(name), `${name} is found in the source`);
    assert.deepEqual(
      told.filter((event) => !Object.hasOwn(page.EVENTS, event)),
      [],
    );
  });

  it('are there for no event that nobody tells', () => {
    const told = new Set([...Object.keys(CLUSTER_EVENTS), ...serviceEvents()]);
    assert.deepEqual(
      Object.keys(page.EVENTS).filter((event) => !told.has(event)),
      [],
    );
  });

  it('are there for every state of a node and of a service', () => {
    const missing = Object.keys(PAGE_STATES).filter((state) => !Object.hasOwn(page.STATES, state));
    assert.deepEqual(missing, []);
  });

  it('have a tone that the page has a colour for', () => {
    const css = readFileSync(style, 'utf8');
    for (const [name, [, tone]] of Object.entries({ ...page.EVENTS, ...page.STATES }))
      assert.ok(css.includes(`\n.${tone} {`), `${name}: ${tone}`);
  });

  it('are made from the name of an event that the page does not know yet', () => {
    assert.deepEqual(page.eventWords('somethingElse'), { words: 'something else', tone: 'calm' });
  });
});
