import { type FSWatcher, watch } from 'node:fs';
import path from 'node:path';

/** Editors write a file in several steps; what comes within this time is one change. In ms. */
const SETTLE_MS = 50;

/**
 * Resolves with true when one of the files has changed, with false when the signal aborts. Their directories are
 * watched, because editors replace files; no watcher is left.
 */
export async function followInputs(files: readonly string[], signal: AbortSignal): Promise<boolean> {
  const names = new Set(files);
  const watchers: FSWatcher[] = [];
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<boolean>((resolve, reject) => {
      if (signal.aborted) return resolve(false);
      signal.addEventListener('abort', () => resolve(false), { once: true });
      for (const directory of new Set(files.map((file) => path.dirname(file)))) {
        const watcher = watch(directory, (_event, name) => {
          if (name === null || !names.has(path.join(directory, name))) return;
          timer ??= setTimeout(() => resolve(true), SETTLE_MS);
        });
        watcher.on('error', reject);
        watchers.push(watcher);
      }
    });
  } finally {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}
