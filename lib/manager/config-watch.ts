import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileWatch } from '../discovery/file-watch.js';
import { pause } from '../discovery/retry-pause.js';

/** How often it is looked at the file where the system does not tell of changes, ms. */
const POLL_MS = 1_000;
/** Whoever writes the file gets so long to finish, ms. */
const SETTLE_MS = 50;
/** Whoever replaces the file by another has put that in place by then, ms. */
const REPLACED_MS = 1_000;

/**
 * Calls back whenever a file says something else than before: written over, renamed over, or a link to it swapped;
 * also when it is gone for good.
 * Does not keep the process alive.
 * @param signal ends it
 * @returns resolves once it is known what the file says now: later changes are told
 */
export async function watchConfig(file: string, signal: AbortSignal, onChange: () => void): Promise<void> {
  const watch = new FileWatch(dirname(file), POLL_MS, signal);
  const known = await digestOf(file);
  void follow(watch, file, known, signal, onChange);
}

async function follow(
  watch: FileWatch,
  file: string,
  known: string | undefined,
  signal: AbortSignal,
  onChange: () => void,
): Promise<void> {
  let last = known;
  for (;;) {
    await watch.next();
    if (!signal.aborted) await pause(SETTLE_MS, signal);
    let now = await digestOf(file);
    if (now === undefined && last !== undefined && !signal.aborted) {
      await pause(REPLACED_MS, signal);
      now = await digestOf(file);
    }
    if (signal.aborted) break;
    if (now === last) continue;
    last = now;
    onChange();
  }
  watch.close();
}

async function digestOf(file: string): Promise<string | undefined> {
  try {
    return createHash('sha256')
      .update(await readFile(file))
      .digest('hex');
  } catch {
    return undefined;
  }
}
