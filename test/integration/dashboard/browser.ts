import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];

/** Starts a headless Chromium; where there is none the tests are skipped, or fail where servers are required. */
export async function startBrowser(tests: Context): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) {
    assert.notEqual(
      process.env.CONNPOOL_REQUIRE_SERVERS,
      '1',
      'chromium is required here, but not installed',
    );
    console.log('    skipped: these tests need the program chromium, which is not installed');
    tests.skip();
  }
  // Its sandbox refuses to run as root, which containers are; it opens nothing but our own page.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}

function findChromium(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find((file) => {
    try {
      accessSync(file, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** A page with the dashboard, and what it did that it should not. */
export interface OpenPage {
  readonly page: Page;
  /** Errors and warnings on the console (CSP violations are among them), exceptions, requests to other servers. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** Opens the dashboard in a fresh profile. */
export async function openDashboard(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<OpenPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  const complaints: string[] = [];
  await context.addInitScript({ path: fileURLToPath(new URL('in-page.js', import.meta.url)) });
  const page = await context.newPage();
  page.setDefaultTimeout(5_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    if (!request.url().startsWith(`${url}/`)) complaints.push(`asked ${request.url()}`);
  });
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}
