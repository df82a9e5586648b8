import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** When a soak that hangs is killed. */
const LONGEST_MS = 90_000;

/** Runs the soak in a process of its own, so that it has a heap of its own. */
async function runSoak(...flags: string[]): Promise<{ code: number; output: string }> {
  const cli = fileURLToPath(new URL('./cli.ts', import.meta.url));
  const child = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', cli, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const [out, err, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code, output: out + err };
}

describe('npm run soak', () => {
  it('finds heap, handles and listeners flat under churn', async function () {
    this.timeout(120_000);
    const { code, output } = await runSoak('--seconds', '15');
    assert.equal(code, 0, output);
    assert.equal(output.match(/^flat {2}.*[▁▂▃▄▅▆▇█]{8,}/gm)?.length, 6, output);
    assert.doesNotMatch(output, /GREW/);
  });

  it('says how it is used when its arguments make no sense', async () => {
    const { code, output } = await runSoak('--seconds', '1');
    assert.equal(code, 2);
    assert.match(output, /--seconds must be an integer from 5, got '1'/);
  });
});
