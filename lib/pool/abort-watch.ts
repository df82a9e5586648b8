/** What wants to hear of an abort. */
export interface AbortTarget {
  /** The signal this target listens to, if any. */
  readonly signal: AbortSignal | undefined;
  onAbort(reason: unknown): void;
}

interface Watch {
  readonly targets: Set<AbortTarget>;
  readonly listener: () => void;
}

/**
 * One listener per signal for the whole process: a thousand calls that share a signal would otherwise add a
 * thousand listeners, each costing microseconds, and set off Node's leak warning at the eleventh.
 */
const watches = new WeakMap<AbortSignal, Watch>();

/** Tells `target` when its signal aborts. The signal must not be aborted yet. */
export function watchAbort(target: AbortTarget): void {
  const { signal } = target;
  if (signal === undefined) return;
  const watch = watches.get(signal) ?? startWatching(signal);
  watch.targets.add(target);
}

/** Forgets `target`; the last one takes the listener off the signal. */
export function unwatchAbort(target: AbortTarget): void {
  const { signal } = target;
  if (signal === undefined) return;
  const watch = watches.get(signal);
  if (watch === undefined) return;
  watch.targets.delete(target);
  if (watch.targets.size === 0) stopWatching(signal, watch);
}

function startWatching(signal: AbortSignal): Watch {
  const targets = new Set<AbortTarget>();
  const listener = () => {
    watches.delete(signal);
    for (const target of targets) target.onAbort(signal.reason);
  };
  const watch = { targets, listener };
  watches.set(signal, watch);
  signal.addEventListener('abort', listener, { once: true });
  return watch;
}

function stopWatching(signal: AbortSignal, watch: Watch): void {
  watches.delete(signal);
  signal.removeEventListener('abort', watch.listener);
}
