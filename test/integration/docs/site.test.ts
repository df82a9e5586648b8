import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deadReferences, filesOf, referencesOf } from './site-links.js';

const root = fileURLToPath(new URL('../../../', import.meta.url));

describe('the site that npm run docs makes', function () {
  this.timeout(120_000);
  let site: string;
  let output: string;
  let status: number | null;

  before(() => {
    site = mkdtempSync(join(tmpdir(), 'connpool-site-'));
    const typedoc = join(root, 'node_modules/typedoc/bin/typedoc');
    const run = spawnSync(process.execPath, [typedoc, '--out', site], {
      cwd: root,
      encoding: 'utf8',
      timeout: 110_000,
    });
    ({ status } = run);
    output = `${run.stdout}${run.stderr}`;
  });

  after(() => rmSync(site, { recursive: true, force: true }));

  it('is rendered without a warning', () => {
    assert.equal(status, 0, output);
    assert.doesNotMatch(output, /\[(?:warning|error)\]/);
  });

  it('has a page for each guide and each example', () => {
    const guides = readdirSync(join(root, 'docs')).filter((name) => name.endsWith('.md'));
    const examples = readdirSync(join(root, 'examples')).map((name) => `example-${name}.md`);
    const missing = [...guides, ...examples]
      .map((name) => `documents/${name.replace(/md$/, 'html')}`)
      .filter((page) => !existsSync(join(site, page)));
    assert.deepEqual(missing, [], 'projectDocuments of typedoc.json lists them');
  });

  it('leads nowhere that does not exist: each page, anchor and image of a link is there', () => {
    assert.notDeepEqual(filesOf(site, '.html'), []);
    assert.deepEqual(deadReferences(site), []);
  });

  it('shows every Markdown document that it links as a page', () => {
    assert.deepEqual(filesOf(join(site, 'media'), '.md'), []);
  });

  it('has the anchors of GitHub, also of headings with code in them', () => {
    const page = readFileSync(join(site, 'documents/grpc.html'), 'utf8');
    assert.match(page, /<h1 id="grpc-connpoolgrpc"[^>]*>gRPC: <code>connpool\/grpc<\/code>/);
  });

  it('shows drawings as images', () => {
    const drawings = filesOf(join(root, 'docs'), '.svg').map((name) => `media/${name}`);
    const shown = ['index.html', 'documents/architecture.html']
      .flatMap((page) => referencesOf(readFileSync(join(site, page), 'utf8')))
      .map((reference) => reference.replace(/^\.\.\//, ''));
    assert.deepEqual(
      drawings.filter((drawing) => !shown.includes(drawing)),
      [],
    );
  });
});

describe('the check of its links', () => {
  let site: string;

  before(() => {
    site = mkdtempSync(join(tmpdir(), 'connpool-links-'));
    writeFileSync(join(site, 'there.html'), '<h2 id="one">One</h2><a href="./#top"></a>');
    writeFileSync(
      join(site, 'index.html'),
      `<a href="there.html#one"></a><a href="https://example.com/none"></a><h1 id="top"></h1><a href="#top"></a>
       <a href="there.html#two"></a><a href="gone.html"></a><a href="#bottom"></a><img alt="" src="gone.png">`,
    );
  });

  after(() => rmSync(site, { recursive: true, force: true }));

  it('finds pages, anchors and images that are not there, and nothing else', () => {
    const dead = ['there.html#two', 'gone.html', '#bottom', 'gone.png'];
    assert.deepEqual(
      deadReferences(site),
      dead.map((reference) => `index.html -> ${reference}`),
    );
  });
});
