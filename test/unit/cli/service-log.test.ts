import assert from 'node:assert/strict';
import { ServiceLog } from '../../../lib/cli/service-log.js';
import type { ServiceEventName } from '../../../lib/manager/manager-view.js';

type Happening = [event: ServiceEventName, node?: string | undefined, detail?: string];

/** What the log says of these events. */
function logOf(...events: Happening[]): string[] {
  const lines: string[] = [];
  const log = new ServiceLog((line) => lines.push(line));
  for (const [event, node, detail] of events) log.tell({ service: 's', event, node, detail, at: 0 });
  return lines;
}

describe('the log of services', () => {
  it('tells what becomes of a service', () => {
    assert.deepEqual(
      logOf(['serviceReady'], ['serviceDown', undefined, 'why'], ['serviceReplacing', undefined, 'so']),
      ["service 's' is ready", "service 's' is down: why", "service 's' changes: so"],
    );
  });

  it('tells a trouble once, and its end', () => {
    const failed: Happening = ['discoveryError', undefined, 'no agent'];
    assert.deepEqual(logOf(failed, failed, ['discoveryUpdate'], ['discoveryUpdate'], failed), [
      "service 's': discovery fails: no agent",
      "service 's': discovery works again",
      "service 's': discovery fails: no agent",
    ]);
  });

  it('keeps endpoints apart, and forgets those that leave', () => {
    assert.deepEqual(
      logOf(
        ['prewarmError', 'a', 'refused'],
        ['prewarmError', 'b', 'refused'],
        ['breakerOpen', 'a', 'reset'],
        ['nodeReady', 'b'],
        ['nodeRemoved', 'a'],
        ['breakerClose', 'a'],
        ['breakerOpen', 'a', 'reset'],
      ),
      [
        "service 's', a: cannot be connected to: refused",
        "service 's', b: cannot be connected to: refused",
        "service 's', a: its breaker has opened: reset",
        "service 's', b: takes calls",
        "service 's', a: its breaker has opened: reset",
      ],
    );
  });

  it('forgets what a service that is gone suffered from', () => {
    assert.deepEqual(logOf(['discoveryError'], ['serviceRemoved'], ['discoveryError']), [
      "service 's': discovery fails",
      "service 's': discovery fails",
    ]);
  });
});
