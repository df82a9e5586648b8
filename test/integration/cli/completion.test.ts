import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needs, type Program } from '../../support/needs.js';
import { cli } from './cli-process.js';

const run = promisify(execFile);

/** How each shell is asked what it would complete the last of these words to. */
const shells: Record<string, (script: string, words: readonly string[]) => Promise<string[]>> = {
  async bash(script, words) {
    const ask = `${script}
COMP_WORDS=(${words.map((word) => `'${word}'`).join(' ')}); COMP_CWORD=${words.length - 1}
_connpool; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return linesOf((await run('bash', ['--norc', '-c', ask])).stdout);
  },
  async zsh(script, words) {
    const folder = await mkdtemp(join(tmpdir(), 'connpool-zsh-'));
    try {
      await writeFile(join(folder, 'script'), script);
      const ask = [
        fileURLToPath(new URL('zsh-completions.zsh', import.meta.url)),
        join(folder, 'script'),
        folder,
      ];
      return linesOf((await run('zsh', ['-f', ...ask, words.join(' ')], { timeout: 10_000 })).stdout);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
  async fish(script, words) {
    const { stdout } = await run('fish', [
      '--no-config',
      '-c',
      `${script}\ncomplete -C "${words.join(' ')}"`,
    ]);
    return linesOf(stdout).map((line) => line.split('\t')[0]!);
  },
};

const linesOf = (text: string) => text.split('\n').filter((line) => line !== '');

describe('shell completion', function () {
  this.timeout(30_000);

  for (const [shell, complete] of Object.entries(shells)) {
    describe(`in ${shell}`, () => {
      let script: string;

      before(async function () {
        needs(this, shell as Program);
        script = (await cli('completion', shell)).stdout;
      });

      it('knows every command', async () => {
        const found = await complete(script, ['connpool', '']);
        for (const name of ['demo', 'start', 'stats', 'health', 'check', 'bench', 'completion', 'help']) {
          assert.ok(found.includes(name), `${name} is not among ${found.join(' ')}`);
        }
      });

      it('completes what was begun', async () => {
        const found = await complete(script, ['connpool', 'be']);
        assert.deepEqual(found, ['bench']);
      });

      it("knows a command's flags", async () => {
        assert.deepEqual((await complete(script, ['connpool', 'bench', '--until'])).sort(), [
          '--until',
          '--until-hex',
        ]);
        assert.deepEqual(await complete(script, ['connpool', 'demo', '--no']), ['--no-dashboard']);
        assert.deepEqual(await complete(script, ['connpool', 'demo', '--until']), []);
      });

      it('knows the values of a flag', async () => {
        const found = await complete(script, ['connpool', 'bench', '--json', '--protocol', '']);
        assert.deepEqual(found.sort(), ['grpc', 'tcp', 'thrift']);
      });

      it('knows the choices of an argument', async () => {
        assert.deepEqual(await complete(script, ['connpool', 'completion', 'z']), ['zsh']);
        assert.deepEqual(await complete(script, ['connpool', 'help', 'hea']), ['health']);
      });
    });
  }
});
