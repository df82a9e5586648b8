import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { before, describe, it } from 'mocha';
import type { NodeState } from '../../../lib/cluster/cluster-stats.js';
import type { ServiceEventName, ServiceState } from '../../../lib/manager/manager-view.js';

type Table = Readonly<Record<string, readonly [words: string, tone: string]>>;

interface Words {
  readonly EVENTS: Table;
  readonly STATES: Table;
  eventWords(event: string): { words: string; tone: string };
}

const words = new URL('../../../lib/manager/dashboard/words.js', import.meta.url);
const style = new URL('../../../lib/manager/dashboard/style.css', import.meta.url);

/** Complete by their types: an event or a state that is new does not compile until it stands here. */
const PAGE_EVENTS: Record<ServiceEventName, true> = {
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
  serviceAdded: true,
  serviceRemoved: true,
  limitsChanged: true,
  serviceReplacing: true,
  serviceReplaced: true,
  serviceFailed: true,
  serviceReady: true,
  serviceDown: true,
  configRefused: true,
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

describe('the words of the dashboard', () => {
  let page: Words;

  before(async () => {
    page = (await import(words.href)) as Words;
  });

  it('are there for every event, and for no other', () => {
    assert.deepEqual(Object.keys(page.EVENTS).sort(), Object.keys(PAGE_EVENTS).sort());
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
