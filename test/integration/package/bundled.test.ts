import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Project, root, run } from './project.js';

const esbuild = join(root, 'node_modules/.bin/esbuild');

describe('the packed package, bundled with esbuild in a project without any optional peer', function () {
  this.timeout(120_000);
  let project: Project;

  before(async () => {
    project = await Project.withPackage();
  });

  after(() => project.remove());

  /** Writes `bundle.mjs`; every fault and warning of the bundler fails it. */
  async function bundle(code: string, ...flags: string[]): Promise<string> {
    await project.write('code.mjs', code);
    const usual = [
      '--bundle',
      '--platform=node',
      '--format=esm',
      '--log-level=warning',
      '--outfile=bundle.mjs',
    ];
    // debug is CommonJS and requires what Node.js has.
    const require = `import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);`;
    const { stderr } = await run(esbuild, ['code.mjs', ...usual, `--banner:js=${require}`, ...flags], {
      cwd: project.folder,
    });
    assert.equal(stderr, '');
    return (await readFile(project.path('bundle.mjs'), 'utf8')).replace(require, '').trim();
  }

  it('runs', async () => {
    await bundle(
      `import { Cluster, ConnPool } from 'connpool';
       const pool = new ConnPool({ dial: () => 'client', close() {} });
       console.log(await pool.do((client) => client), new Cluster({ name: 'bundled' }).name);
       await pool.close();`,
    );
    assert.equal(await project.node('bundle.mjs'), 'client bundled\n');
  });

  it('runs with every entry that needs no peer', async () => {
    await bundle(
      `import { consulDiscovery } from 'connpool/consul';
       import { muxPool } from 'connpool/mux';
       import { tcpPool } from 'connpool/tcp';
       console.log(typeof consulDiscovery, typeof muxPool, typeof tcpPool);`,
    );
    assert.equal(await project.node('bundle.mjs'), 'function function function\n');
  });

  it('says what to install for a YAML file', async () => {
    await bundle(
      `import { writeFileSync } from 'node:fs';
       import { fileDiscovery } from 'connpool';
       writeFileSync('endpoints.yaml', '- { id: a, host: 127.0.0.1, port: 7 }');
       const ended = new AbortController();
       const source = fileDiscovery('endpoints.yaml').watch(ended.signal, (error) => {
         console.log(error.code, error.message);
         ended.abort();
       });
       await source[Symbol.asyncIterator]().next().catch(() => {});`,
    );
    assert.match(await project.node('bundle.mjs'), /^ERR_ENDPOINT_FILE .*npm install yaml/);
  });

  it('leaves nothing of the package in the bundle when nothing of it is used', async () => {
    assert.equal(await bundle(`import 'connpool';`, '--log-override:ignored-bare-import=silent'), '');
    const unused = `import { Cluster, ConnPool, retry } from 'connpool'; import { tcpPool } from 'connpool/tcp';`;
    assert.equal(await bundle(unused), '');
  });

  it('leaves in the bundle only what is used: a balancer, without the pool', async () => {
    const whole = await bundle(`import { ConnPool } from 'connpool'; console.log(ConnPool);`);
    assert.match(whole, /waitTimeoutMs/);
    const balancer = await bundle(`import { roundRobin } from 'connpool'; console.log(typeof roundRobin());`);
    assert.doesNotMatch(balancer, /waitTimeoutMs|class ConnPool|class Cluster|node:net/);
    assert.ok(balancer.length < whole.length / 10, `${balancer.length} of ${whole.length} characters`);
    assert.equal(await project.node('bundle.mjs'), 'object\n');
  });
});
