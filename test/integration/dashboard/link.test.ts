import assert from 'node:assert/strict';
import { after, afterEach, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { FaultProxy } from '../../support/fault-proxy.js';
import { waitFor } from '../../support/wait-for.js';
import { type OpenPage, openDashboard, startBrowser } from './browser.js';
import { Deployment, enterToken, figure, waitForLink } from './fixture.js';

describe('dashboard: its connection to the admin server', () => {
  const deployment = new Deployment();
  let browser: Browser;
  let open: OpenPage;

  before(async function () {
    browser = await startBrowser(this);
    await deployment.start();
  });

  afterEach(async () => {
    await open?.close();
  });

  after(async () => {
    await browser?.close();
    await deployment.stop();
  });

  it('says when the server is gone, keeps what it knows, and is live again when the server is back', async () => {
    open = await openDashboard(browser, deployment.url);
    const { page } = open;
    await waitForLink(page, 'live');
    await waitFor('figures', async () => (await figure(page, 'orders', 'Calls/s')) > 0);
    await deployment.search[0]!.kill();
    await page.locator('#events li[data-event="healthCheckFailed"]').waitFor();

    const startAgain = await deployment.stopAdmin();
    await waitForLink(page, 'offline');
    assert.match(await page.getByRole('alert').first().innerText(), /Not connected: the server/);
    assert.equal(await page.locator('section[data-service]').count(), 2);

    await startAgain();
    await waitForLink(page, 'live');
    assert.equal(await page.locator('#notice').isVisible(), false);
    assert.ok((await page.locator('#events li[data-event="healthCheckFailed"]').count()) > 0);
    await waitFor('new figures', async () => (await figure(page, 'orders', 'Calls/s')) > 0);
  });

  it('does not take a stream that has gone mute for a live one', async () => {
    await using proxy = await FaultProxy.start({ port: Number(new URL(deployment.url).port) });
    open = await openDashboard(browser, `http://127.0.0.1:${proxy.port}`);
    await waitForLink(open.page, 'live');
    proxy.set({ kind: 'blackhole' }, { direction: 'toClient' });
    await waitForLink(open.page, 'offline');
    const asked = proxy.passed('toServer');
    await waitFor('a new try, which gets no answer either', () => proxy.passed('toServer') > asked);
    proxy.heal();
    await waitForLink(open.page, 'live');
  });
});

describe('dashboard: behind a token', () => {
  const deployment = new Deployment({ token: 'the right one' });
  let browser: Browser;
  let open: OpenPage;

  before(async function () {
    browser = await startBrowser(this);
    await deployment.start();
    open = await openDashboard(browser, deployment.url);
  });

  after(async () => {
    await open?.close();
    await browser?.close();
    await deployment.stop();
  });

  it('shows nothing but the question for the token', async () => {
    await waitForLink(open.page, 'locked');
    assert.equal(await open.page.locator('section[data-service]').count(), 0);
    assert.equal(await open.page.locator('#page').isVisible(), false);
    assert.deepEqual(open.complaints, []);
  });

  it('says that a wrong token is refused', async () => {
    await enterToken(open.page, 'a wrong one');
    await open.page.getByText('The server refuses that token.').waitFor();
    assert.equal(await open.page.getByRole('textbox', { name: 'Token' }).inputValue(), '');
  });

  it('opens with the right one, and keeps it for this tab', async () => {
    await enterToken(open.page, 'the right one');
    await waitForLink(open.page, 'live');
    await open.page.reload();
    await waitForLink(open.page, 'live');
    assert.equal(await open.page.locator('#login').isVisible(), false);
  });

  it('asks again when the token stops being right', async () => {
    const config = deployment.config({ port: 0 });
    await deployment.manager.reload({ ...config, admin: { port: 0, token: 'another' } });
    await open.page.getByText('The server refuses that token.').waitFor();
    await enterToken(open.page, 'another');
    await waitForLink(open.page, 'live');
  });
});
