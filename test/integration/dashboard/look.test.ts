import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import type { Browser, Page } from 'playwright-core';
import { waitFor } from '../../support/wait-for.js';
import { openDashboard, startBrowser } from './browser.js';
import { faintTexts } from './contrast.js';
import { Deployment, figure, waitForLink } from './fixture.js';

const PHONE = { width: 390, height: 844 };
const NAMED = ['button', 'link', 'textbox', 'image', 'img', 'table', 'region', 'form', 'navigation', 'list'];

describe('dashboard: how it looks', () => {
  const deployment = new Deployment();
  let browser: Browser;

  before(async function () {
    browser = await startBrowser(this);
    await deployment.start();
    // A page with an endpoint in trouble has more on it.
    await deployment.orders[2]!.kill();
  });

  after(async () => {
    await browser?.close();
    await deployment.stop();
  });

  async function withPage(
    options: Parameters<typeof openDashboard>[2],
    look: (page: Page) => Promise<void>,
  ): Promise<void> {
    const { page, complaints, close } = await openDashboard(browser, deployment.url, options);
    try {
      await waitForLink(page, 'live');
      await page.locator('tr[data-state="unhealthy"], tr[data-state="open"]').waitFor();
      await waitFor('figures', async () => (await figure(page, 'orders', 'Calls/s')) > 0);
      await look(page);
      assert.deepEqual(complaints, []);
    } finally {
      await close();
    }
  }

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`can be read in the ${colorScheme} scheme: all text has a contrast of 4.5 at least`, () =>
      withPage({ colorScheme }, async (page) => {
        const ground = await page.evaluate<string>('inPage.ground()');
        assert.equal(ground, colorScheme === 'light' ? 'rgb(244, 245, 248)' : 'rgb(14, 17, 22)');
        assert.deepEqual(await faintTexts(page), []);
      }));
  }

  it('changes its theme on request, and remembers', () =>
    withPage({ colorScheme: 'light' }, async (page) => {
      const ground = () => page.evaluate<string>('inPage.ground()');
      await page.getByRole('button', { name: 'Theme: auto' }).click();
      await page.getByRole('button', { name: 'Theme: light' }).click();
      assert.equal(await ground(), 'rgb(14, 17, 22)');
      await page.reload();
      await page.getByRole('button', { name: 'Theme: dark' }).waitFor();
      assert.equal(await ground(), 'rgb(14, 17, 22)');
    }));

  for (const [device, viewport] of [
    ['a phone', PHONE],
    ['a small phone', { width: 320, height: 640 }],
    ['a tablet', { width: 768, height: 1024 }],
  ] as const) {
    it(`fits on ${device}: nothing is wider than the screen`, () =>
      withPage({ viewport }, async (page) => {
        assert.equal(await page.evaluate<number>('inPage.pageWidth()'), viewport.width);
        assert.deepEqual(await page.evaluate<string[]>('inPage.tooWide()'), []);
      }));
  }

  it('gives everything a name that a screen reader can say', () =>
    withPage({ viewport: PHONE }, async (page) => {
      const session = await page.context().newCDPSession(page);
      const { nodes } = await session.send('Accessibility.getFullAXTree');
      const seen = nodes.filter(({ ignored, role }) => !ignored && NAMED.includes(String(role?.value)));
      const roles = new Set(seen.map(({ role }) => role?.value));
      for (const role of ['button', 'link', 'table', 'region', 'navigation'])
        assert.ok(roles.has(role), role);
      const unnamed = seen.filter(({ role, name }) => role?.value !== 'list' && !name?.value);
      assert.deepEqual(
        unnamed.map(({ role }) => role?.value),
        [],
      );
      // The rows are cards here, and a table all the same.
      await page.getByRole('table', { name: 'Endpoints of orders' }).getByRole('row').nth(3).waitFor();
      await page
        .getByRole('img', { name: /^Connections, line chart: in use \d/ })
        .first()
        .waitFor();
    }));

  it('can be used with the keyboard alone', () =>
    withPage({}, async (page) => {
      await page.getByRole('link', { name: 'search' }).focus();
      await page.keyboard.press('Enter');
      await waitFor('the service to be in view', () =>
        page
          .locator('section[data-service="search"] h2')
          .evaluate((title) => title.getBoundingClientRect().top < 400),
      );
      await page.getByText('services.orders').focus();
      await page.keyboard.press('Enter');
      await page.getByLabel('Config of services.orders').waitFor();
    }));
});
