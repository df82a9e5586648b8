import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { describe, it } from 'mocha';
import { asset } from '../../../lib/manager/admin/assets.js';

const folder = new URL('../../../lib/manager/dashboard/', import.meta.url);

describe('dashboard: its files', () => {
  it('are all served, and nothing that they use is missing', async () => {
    const files = (await readdir(folder)).filter((name) => name !== 'vendor');
    assert.ok(files.includes('index.html'));
    for (const name of files) {
      assert.deepEqual(Buffer.from((await asset(name))!.body), await readFile(new URL(name, folder)));
    }
    const html = await readFile(new URL('index.html', folder), 'utf8');
    const used = [...html.matchAll(/(?:src|href)="assets\/([^"]+)"/g)].map(([, name]) => name!);
    for (const name of files.filter((name) => name.endsWith('.js'))) {
      const script = await readFile(new URL(name, folder), 'utf8');
      used.push(...[...script.matchAll(/ from '\.\/([^']+)'/g)].map(([, imported]) => imported!));
    }
    assert.ok(used.length > 10);
    for (const name of used) assert.ok(await asset(name), `${name} is used, but not served`);
  });

  it('have the chart library with them, also where nothing was built', async () => {
    assert.match(Buffer.from((await asset('vendor/uPlot.iife.min.js'))!.body).toString(), /uPlot/);
    assert.equal((await asset('vendor/uPlot.min.css'))!.type, 'text/css; charset=utf-8');
  });

  it('are the only files that can be asked for', async () => {
    for (const name of ['../admin/assets.ts', 'nothing.js', 'toString', '', 'vendor/uPlot.esm.js']) {
      assert.equal(await asset(name), undefined);
    }
  });
});
