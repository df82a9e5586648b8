import { type FSWatcher, statSync, watch } from 'node:fs';
import path from 'node:path';

/** Editors write a file in several steps; what comes within this time is one change. In ms. */
const SETTLE_MS = 50;
/** File systems stamp with the clock of the last tick, which lags behind. Less than SETTLE_MS, or a change is seen twice. In ms. */
const STAMP_LAG_MS = 20;

/**
 * Resolves with true when one of the files has changed after `since`, with false when the signal aborts. Their
 * directories are watched, because editors replace files; no watcher is left.
 * @param since when the files began to be read, ms since the epoch: what was written meanwhile is not missed
 */
export async function followInputs(
  files: readonly string[],
  since: number,
  signal: AbortSignal,
): Promise<boolean> {
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
      if (files.some((file) => wasWritten(file, since))) timer ??= setTimeout(() => resolve(true), SETTLE_MS);
    });
  } finally {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  }
}

function wasWritten(file: string, since: number): boolean {
  const writtenAt = statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  // A time to come says nothing about now, and would be seen again and again.
  return writtenAt >= since - STAMP_LAG_MS && writtenAt <= Date.now();
}
