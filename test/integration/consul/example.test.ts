import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { describe, it } from 'mocha';
import { requireConsul } from '../../support/consul-agent.js';

const MAIN = fileURLToPath(new URL('../../../examples/consul-rolling/main.ts', import.meta.url));

/** What the example prints; a failed call makes it, and so the test, fail. */
async function run(env: NodeJS.ProcessEnv, ...flags: string[]): Promise<string> {
  const args = ['--import', 'tsx', MAIN, ...flags];
  // It runs what is built, whose coverage would hide that of the sources.
  const options = { timeout: 30_000, env: { ...process.env, ...env } };
  return (await promisify(execFile)(process.execPath, args, options)).stdout;
}

const SUMMARY =
  /^replaced: .*\nreplaced: .*\nreplaced: .*\nsummary: +(\d+) calls = \1 results \+ 0 failed, over 6 servers/m;

describe('examples/consul-rolling', function () {
  this.timeout(40_000);

  it('releases through Consul without a failed call', async function () {
    await using agent = await requireConsul(this);
    const output = await run({}, '--consul', agent.address);
    assert.match(output, SUMMARY);
    assert.match(output, new RegExp(`^discovery: Consul at ${agent.address}`));
    assert.deepEqual(await agent.api.instances('echo'), []);
  });

  it('releases through a file where the program consul is missing', async () => {
    const bin = await mkdtemp(join(tmpdir(), 'connpool-bin-'));
    try {
      await symlink(process.execPath, join(bin, 'node'));
      const output = await run({ PATH: bin });
      assert.match(output, SUMMARY);
      assert.match(output, /^discovery: a file/);
    } finally {
      await rm(bin, { recursive: true });
    }
  });
});
