import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';

const run = promisify(execFile);

/**
 * Runs promtool; with `content`, on a YAML file of that.
 * @throws Error with what promtool says is wrong
 */
export async function promtool(words: readonly string[], content?: object): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'connpool-promtool-'));
  try {
    const file = join(folder, 'input.yml');
    if (content !== undefined) await writeFile(file, stringify(content));
    const { stdout } = await run('promtool', content === undefined ? [...words] : [...words, file]);
    return stdout;
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    throw new Error(`promtool ${words.join(' ')}: ${stdout}${stderr}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
