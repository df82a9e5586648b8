import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { stringify } from 'yaml';

const run = promisify(execFile);

/** Skips the tests where there is no promtool, or fails where such programs are required. */
export async function requirePromtool(tests: Context): Promise<void> {
  try {
    await run('promtool', ['--version']);
  } catch {
    assert.notEqual(
      process.env.CONNPOOL_REQUIRE_SERVERS,
      '1',
      'promtool is required here, but not installed',
    );
    console.log('    skipped: these tests need the program promtool of Prometheus, which is not installed');
    tests.skip();
  }
}

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
