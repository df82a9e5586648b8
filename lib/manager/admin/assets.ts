import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const SCRIPT = 'text/javascript; charset=utf-8';
const STYLES = 'text/css; charset=utf-8';

/** The files of the dashboard and what they are. Nothing else is served. */
const ASSETS: Readonly<Record<string, string>> = {
  'index.html': 'text/html; charset=utf-8',
  'icon.svg': 'image/svg+xml',
  'style.css': STYLES,
  'service.css': STYLES,
  'app.js': SCRIPT,
  'chart.js': SCRIPT,
  'config-view.js': SCRIPT,
  'element.js': SCRIPT,
  'event-list.js': SCRIPT,
  'login.js': SCRIPT,
  'node-row.js': SCRIPT,
  'node-table.js': SCRIPT,
  'overview.js': SCRIPT,
  'rates.js': SCRIPT,
  'service-card.js': SCRIPT,
  'state-strip.js': SCRIPT,
  'stream.js': SCRIPT,
  'theme.js': SCRIPT,
  'words.js': SCRIPT,
  'vendor/uPlot.iife.min.js': SCRIPT,
  'vendor/uPlot.min.css': STYLES,
};

/** A file of the dashboard; undefined when there is none of that name. */
export async function asset(
  name: string,
): Promise<{ body: Uint8Array<ArrayBuffer>; type: string } | undefined> {
  const type = Object.hasOwn(ASSETS, name) ? ASSETS[name] : undefined;
  if (type === undefined) return undefined;
  return { body: new Uint8Array(await read(name)), type };
}

/** The build puts the chart library beside the dashboard; where the sources run, it is in its package. */
async function read(name: string): Promise<Buffer> {
  try {
    return await readFile(new URL(`../dashboard/${name}`, import.meta.url));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'ENOENT' || !name.startsWith('vendor/')) throw error;
    return readFile(createRequire(import.meta.url).resolve(name.replace('vendor/', 'uplot/dist/')));
  }
}
