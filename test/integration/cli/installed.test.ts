import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import manifest from '../../../package.json' with { type: 'json' };
import { waitFor } from '../../support/wait-for.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** The built package in a project of its own, with these optional peers installed. */
async function projectWith(...peers: string[]): Promise<string> {
  const project = await mkdtemp(join(tmpdir(), 'connpool-installed-'));
  const modules = join(project, 'node_modules');
  await cp(join(root, 'dist'), join(modules, 'connpool', 'dist'), { recursive: true });
  await cp(join(root, 'package.json'), join(modules, 'connpool', 'package.json'));
  for (const name of [...Object.keys(manifest.dependencies), ...peers]) {
    await mkdir(dirname(join(modules, name)), { recursive: true });
    await symlink(join(root, 'node_modules', name), join(modules, name));
  }
  await writeFile(join(project, 'package.json'), '{}');
  return project;
}

describe('the command of the installed package', function () {
  this.timeout(40_000);
  const projects: string[] = [];

  async function start(peers: string[], ...args: string[]) {
    const project = await projectWith(...peers);
    projects.push(project);
    const program = join(project, 'node_modules/connpool', manifest.bin.connpool);
    const child = spawn(process.execPath, [program, ...args], {
      cwd: project,
      env: { ...process.env, NODE_V8_COVERAGE: undefined },
      timeout: 30_000,
    });
    const out = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      out.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      out.stderr += chunk;
    });
    const ended = once(child, 'close').then(([exitCode]) => ({ exitCode, ...out }));
    return { out, ended };
  }
  const run = async (peers: string[], ...args: string[]) => (await start(peers, ...args)).ended;

  afterEach(async () => {
    for (const project of projects.splice(0)) await rm(project, { recursive: true, force: true });
  });

  it('names the package that every command needs', async () => {
    const { exitCode, stderr } = await run([], 'demo');
    assert.equal(stderr, "connpool needs the package 'commander': npm install commander\n");
    assert.equal(exitCode, 2);
  });

  const missing: [args: string[], peers: string[], message: RegExp][] = [
    [
      ['demo'],
      [],
      /connpool demo needs the packages 'thrift', 'hdr-histogram-js': npm install thrift hdr-histogram-js\n/,
    ],
    [
      ['demo'],
      ['thrift', 'hdr-histogram-js'],
      /The dashboard needs the packages 'hono', '@hono\/node-server', 'prom-client': npm install .* \(or leave the dashboard out: --no-dashboard\)\n/,
    ],
    [
      ['bench', '--protocol', 'grpc', '--port', '1'],
      ['hdr-histogram-js'],
      /needs the package '@grpc\/grpc-js': npm install @grpc\/grpc-js\n/,
    ],
    [
      ['bench', '--protocol', 'thrift', '--port', '1', '--client', 'x', '--method', 'y'],
      ['hdr-histogram-js'],
      /needs the package 'thrift': npm install thrift\n/,
    ],
    [['check', 'connpool.json'], [], /needs the package 'zod': npm install zod\n/],
  ];
  for (const [args, peers, message] of missing) {
    it(`names what \`${args.join(' ')}\` misses with ${peers.join(', ') || 'nothing'} installed`, async () => {
      const { exitCode, stdout, stderr } = await run(['commander', ...peers], ...args);
      assert.match(stderr, message);
      assert.equal(exitCode, 2);
      assert.equal(stdout, '');
    });
  }

  it('runs the demo without a dashboard on two packages', async () => {
    const peers = ['commander', 'thrift', 'hdr-histogram-js'];
    const { exitCode, stdout, stderr } = await run(peers, 'demo', '--duration', '0.5', '--no-dashboard');
    assert.equal(exitCode, 0, stderr);
    assert.match(stdout, /Calls +\d+ started = \d+ results \+ \d+ errors, 0 lost/);
  });

  it('runs the demo with its dashboard', async () => {
    const peers = ['commander', 'thrift', 'hdr-histogram-js', 'hono', '@hono/node-server', 'prom-client'];
    const { out, ended } = await start(peers, 'demo', '--duration', '2', '--concurrency', '8');
    const url = await waitFor('the dashboard', () => /dashboard: (http\S+)/.exec(out.stdout)?.[1], {
      timeoutMs: 15_000,
    });
    const page = await fetch(`${url}assets/app.js`);
    assert.equal(page.status, 200);
    assert.equal((await fetch(`${url}assets/vendor/uPlot.iife.min.js`)).status, 200);
    assert.equal((await ended).exitCode, 0);
  });
});
