import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

const library = new URL('../../../lib/index.ts', import.meta.url).href;

/**
 * Loads a golden file to run on the library's sources. All else that it imports are types.
 * @param name the file's, without its ending
 */
export async function loadGolden<TModule>(name: string): Promise<TModule> {
  const text = await readFile(new URL(`./golden/${name}.ts`, import.meta.url), 'utf8');
  const directory = await mkdtemp(path.join(tmpdir(), 'connpool-golden-'));
  try {
    const file = path.join(directory, `${name}.mts`);
    await writeFile(file, text.replace("from 'connpool'", `from '${library}'`));
    return await import(pathToFileURL(file).href);
  } finally {
    await rm(directory, { recursive: true });
  }
}
