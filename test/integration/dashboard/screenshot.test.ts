import assert from 'node:assert/strict';
import { stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import type { Browser } from 'playwright-core';
import { openDashboard, startBrowser } from './browser.js';
import { Deployment, waitForLink } from './fixture.js';

const FILE = fileURLToPath(new URL('../../../docs/dashboard.png', import.meta.url));
const MOST_BYTES = 200_000;

// The picture in the documentation is taken on request alone: a run of the tests shall change no file.
if (process.env.CONNPOOL_SCREENSHOT === '1') {
  describe('dashboard: its picture', () => {
    const deployment = new Deployment({ callers: 12, workMs: 25 });
    let browser: Browser;

    before(async function () {
      browser = await startBrowser(this);
      await deployment.start();
    });

    after(async () => {
      await browser?.close();
      await deployment.stop();
    });

    it('is taken while a server is down', async function () {
      this.timeout(120_000);
      const viewport = { width: 1200, height: 900 };
      const { page, close } = await openDashboard(browser, deployment.url, { viewport });
      await waitForLink(page, 'live');
      await page.waitForTimeout(30_000);
      await deployment.orders[0]!.kill();
      await page.waitForTimeout(12_000);
      await deployment.orders[0]!.start();
      await page.waitForTimeout(20_000);
      await deployment.orders[2]!.kill();
      await page.waitForTimeout(8_000);
      await page.screenshot({ path: FILE });
      await close();
      assert.ok((await stat(FILE)).size < MOST_BYTES);
    });
  });
}
