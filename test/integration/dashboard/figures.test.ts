import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { waitFor } from '../../support/wait-for.js';
import { type OpenPage, openDashboard, startBrowser } from './browser.js';
import { cardOf, Deployment, enterToken, figure, rowOf, waitForLink } from './fixture.js';

describe('dashboard: what it shows', () => {
  const deployment = new Deployment({ token: 'a secret token' });
  let browser: Browser;
  let open: OpenPage;

  before(async function () {
    browser = await startBrowser(this);
    await deployment.start();
    open = await openDashboard(browser, deployment.url);
    await enterToken(open.page, 'a secret token');
    await waitForLink(open.page, 'live');
  });

  after(async () => {
    await open?.close();
    await browser?.close();
    await deployment.stop();
  });

  it('shows every service with its endpoints', async () => {
    for (const [service, servers] of [
      ['orders', deployment.orders],
      ['search', deployment.search],
    ] as const) {
      const card = cardOf(open.page, service);
      await card.locator('[data-field="state"][data-state="ready"]').waitFor();
      for (const server of servers)
        await rowOf(open.page, server).and(open.page.locator('[data-state="healthy"]')).waitFor();
      assert.equal(await card.locator('tbody tr').count(), servers.length);
    }
  });

  it('shows calls, connections and percentiles of the load that there is', async () => {
    const { page } = open;
    await waitFor('calls per second', async () => (await figure(page, 'orders', 'Calls/s')) > 20);
    assert.equal(await figure(page, 'orders', 'Error rate'), 0);
    const { open: connections } = total(deployment, 'orders');
    assert.equal(
      (await figure(page, 'orders', 'Idle')) + (await figure(page, 'orders', 'In use')),
      connections,
    );
    const [p50, p99] = [await figure(page, 'orders', 'p50'), await figure(page, 'orders', 'p99')];
    assert.ok(p50 > 0 && p50 <= p99, `p50 ${p50}, p99 ${p99}`);
  });

  it('draws the lines of its charts in the colours of their legends', async () => {
    const wanted = [['idle'], ['all'], ['p99']];
    await waitFor('the lines', async () => {
      const drawn = await open.page.evaluate<string[][]>("inPage.drawnSeries('orders')");
      return wanted.every((labels, i) => labels.every((label) => drawn[i]?.includes(label)));
    });
  });

  it('shows a server that dies, and its return, within two seconds each', async () => {
    const { page } = open;
    const server = deployment.orders[1]!;
    const row = rowOf(page, server);
    const is = (state: RegExp) =>
      waitFor(
        `the row to be ${state}`,
        async () => state.test((await row.getAttribute('data-state')) ?? ''),
        {
          timeoutMs: 2_000,
        },
      );
    await is(/^healthy$/);
    await server.kill();
    await is(/^(open|unhealthy)$/);
    assert.match(await row.innerText(), /ECONNREFUSED|ECONNRESET|closed/);
    await page.locator('#overview a', { hasText: 'orders' }).filter({ hasText: '2/3' }).waitFor();
    await server.start();
    await is(/^healthy$/);
  });

  it('lists what happened, newest first', async () => {
    const events = await open.page.evaluate<{ event: string; at: string }[]>('inPage.events()');
    const names = events.map(({ event }) => event);
    const down = names.findIndex((name) => name === 'breakerOpen' || name === 'healthCheckFailed');
    const up = names.findIndex((name) => name === 'breakerClose' || name === 'nodeMarkedUp');
    assert.ok(up >= 0 && up < down && names.lastIndexOf('nodeReady') > down, names.join());
    const times = events.map(({ at }) => at);
    assert.deepEqual(times, [...times].sort().reverse());
  });

  it('shows the config in force, and no secret', async () => {
    const { page } = open;
    await page.getByText('services.orders').click();
    const config = await page.getByLabel('Config of services.orders').innerText();
    assert.equal(JSON.parse(config).pool.maxActive, 10);
    await page.getByText('manager', { exact: true }).click();
    assert.equal(JSON.parse(await page.getByLabel('Config of manager').innerText()).stopTimeout, 1_000);
    assert.doesNotMatch(await page.content(), /a secret token/);
  });

  it('adds a service that a reload brings, and takes away one that it ends', async () => {
    const { page } = open;
    const config = deployment.config({ port: 0 });
    const { orders } = config.services;
    await deployment.manager.reload({ ...config, services: { orders: orders!, billing: orders! } });
    await cardOf(page, 'billing').waitFor();
    await cardOf(page, 'search').waitFor({ state: 'detached' });
    await page.locator('details[data-config="services.billing"]').waitFor();
    await deployment.manager.reload(config);
    await cardOf(page, 'search').waitFor();
  });

  it('works without a complaint of the browser', () => {
    // The one refused request is the first of all, which has no token yet.
    assert.deepEqual(
      open.complaints.filter((complaint) => !/401/.test(complaint)),
      [],
    );
  });
});

function total(deployment: Deployment, service: string) {
  const { nodes } = deployment.manager.getPool(service).stats();
  return { open: nodes.reduce((sum, { source }) => sum + source.open, 0) };
}
