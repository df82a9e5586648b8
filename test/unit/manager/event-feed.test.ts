import assert from 'node:assert/strict';
import FakeTimers, { type Clock } from '@sinonjs/fake-timers';
import { EventFeed } from '../../../lib/manager/admin/event-feed.js';
import { RecentEvents } from '../../../lib/manager/admin/recent-events.js';

describe('what a reader of events is told', () => {
  let clock: Clock;
  let events: RecentEvents;
  let told: string[];
  let feed: EventFeed;
  let ended: Promise<void>;
  let config: object;

  beforeEach(() => {
    clock = FakeTimers.install();
    events = new RecentEvents();
    told = [];
    config = { version: 1 };
  });
  afterEach(async () => {
    feed.end();
    await clock.tickAsync(0);
    await ended;
    assert.equal(clock.countTimers(), 0);
    clock.uninstall();
  });

  const happens = (event: string) => events.add({ service: 'users', event, at: Date.now() });

  /** Starts a feed; messages are kept as `<ms> <event>`, those of `event` with its name. */
  async function start(taken: () => Promise<unknown> = () => Promise.resolve()): Promise<void> {
    feed = new EventFeed(
      { events, stats: async () => ({ at: Date.now(), services: [] }), config: () => config },
      (event, data) => {
        told.push(`${Date.now()} ${event === 'event' ? JSON.parse(data).event : event}`);
        return taken();
      },
    );
    ended = feed.run();
    await clock.tickAsync(0);
  }

  it('the config, what happened, and the figures once a second', async () => {
    await start();
    await clock.tickAsync(2_000);
    assert.deepEqual(told, ['0 config', '0 recent', '0 snapshot', '1000 snapshot', '2000 snapshot']);
  });

  it('a config that has changed, before the figures that belong to it', async () => {
    await start();
    config = { version: 2 };
    await clock.tickAsync(1_000);
    assert.deepEqual(told.slice(3), ['1000 config', '1000 snapshot']);
  });

  it('the figures again as soon as something happens, so that nobody waits a second for its effect', async () => {
    await start();
    await clock.tickAsync(500);
    happens('breakerClose');
    await clock.tickAsync(1_000);
    assert.deepEqual(told.slice(3), ['500 breakerClose', '500 snapshot', '1500 snapshot']);
  });

  it('the figures at most five times a second, however much happens', async () => {
    await start();
    for (let i = 0; i < 100; i++) {
      happens(`e${i}`);
      await clock.tickAsync(10);
    }
    const snapshots = told.filter((message) => message.endsWith('snapshot'));
    assert.deepEqual(
      snapshots,
      [0, 200, 400, 600, 800, 1_000].map((at) => `${at} snapshot`),
    );
    assert.equal(told.length, 2 + 100 + 6);
  });

  it('of everything that happens once it has asked, also before it has taken the first word', async () => {
    let take: () => void = () => {};
    const taken = new Promise<void>((resolve) => {
      take = resolve;
    });
    await start(() => taken);
    happens('early');
    take();
    await clock.tickAsync(0);
    assert.deepEqual(told, ['0 config', '0 recent', '0 early', '0 snapshot']);
  });

  it('no more than a hundred messages that it does not take, and nothing once it is over', async () => {
    let take: () => void = () => {};
    const taken = new Promise<void>((resolve) => {
      take = resolve;
    });
    await start(() => taken);
    for (let i = 0; i < 500; i++) happens(`e${i}`);
    await clock.tickAsync(10_000);
    assert.equal(told.length, 100);
    feed.end();
    take();
    await clock.tickAsync(10_000);
    happens('late');
    assert.equal(told.length, 100);
  });
});
