import { fileURLToPath } from 'node:url';
import type { Context } from 'mocha';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { needs } from '../../support/needs.js';

/** Starts a headless Chromium; where there is none the tests are skipped, or fail where servers are required. */
export async function startBrowser(tests: Context): Promise<Browser> {
  const executablePath = needs(tests, 'chromium');
  // Its sandbox refuses to run as root, which containers are; it opens nothing but our own page.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
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
