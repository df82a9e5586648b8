import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import manifest from '../../../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The built package in a project that has its run-time dependencies and no optional peer. */
async function projectWithoutPeers(): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'connpool-project-'));
  const modules = join(project, 'node_modules');
  await mkdir(join(modules, 'connpool'), { recursive: true });
  await cp(join(root, 'dist'), join(modules, 'connpool', 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(modules, 'connpool', 'package.json'));
  const withTheirOwn = ['ms'];
  for (const name of [...Object.keys(manifest.dependencies), ...withTheirOwn]) {
    await cp(join(root, 'node_modules', name), join(modules, name), { recursive: true });
  }
  await writeFile(join(project, 'package.json'), '{}');
  return project;
}

const usePool = `
  let n = 0;
  const pool = new ConnPool({ dial: () => ++n, close() {} });
  pool.do((client) => 'client ' + client).then(async (answer) => {
    await pool.close();
    console.log(answer, pool.stats().state);
  });
`;

describe('the built package', () => {
  let project: string;

  before(async () => {
    project = await projectWithoutPeers();
  });

  after(() => rm(project, { recursive: true, force: true }));

  it('is imported as ESM without any optional peer installed', async () => {
    const script = `import { ConnPool } from 'connpool'; ${usePool}`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], { cwd: project });
    assert.equal(stdout, 'client 1 closed\n');
  });

  it("is loaded with require('connpool') from CommonJS", async () => {
    const script = `const { ConnPool } = require('connpool'); ${usePool}`;
    const { stdout } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: project });
    assert.equal(stdout, 'client 1 closed\n');
  });

  it('gives TCP users their entry without any optional peer', async () => {
    const script = `import('connpool/tcp').then((tcp) => console.log(typeof tcp.tcpPool))`;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: project });
    assert.equal(stdout, 'function\n');
  });

  it('names the missing peer when an entry needs one', async () => {
    const script = `import('connpool/thrift').catch((error) => console.log(error.message))`;
    const { stdout } = await run(process.execPath, ['-e', script], { cwd: project });
    assert.match(stdout, /thrift/);
  });

  for (const [entry, target] of Object.entries(manifest.exports)) {
    if (typeof target === 'string') continue;
    it(`has code and types behind '${entry}'`, async () => {
      const specifier = entry.replace('.', 'connpool');
      await import(specifier);
      const { default: ts } = await import('typescript');
      assert.ok(ts.sys.fileExists(join(root, target.types)), `${target.types} is missing`);
    });
  }
});
