import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const lib = new URL('../../../../lib/pool/index.js', import.meta.url).href;

/**
 * Runs a program in a process of its own, where nothing but the pool keeps the event loop going. `ConnPool` and
 * `after(ms)` are there. Gives the lines that it printed.
 */
export async function printed(body: string): Promise<string[]> {
  const program = `
    import { ConnPool } from '${lib}';
    const after = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
    ${body}`;
  const { stdout } = await run(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', program], {
    cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
    // Coverage of another process that compiles the same sources would blur that of this one.
    timeout: 15_000,
  });
  return stdout.split('\n').filter((line) => line !== '');
}
