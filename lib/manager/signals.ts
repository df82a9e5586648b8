/** What a process does on signals. */
export interface SignalActions {
  reload(): unknown;
  stop(): Promise<unknown>;
}

/** Exit codes by convention: 128 and the signal's number. */
const EXIT_CODES = { SIGTERM: 143, SIGINT: 130 } as const;

/**
 * SIGHUP reloads, SIGTERM and SIGINT stop; a second one of these ends the process at once.
 * @returns takes the handlers off again
 */
export function handleSignals({ reload, stop }: SignalActions): () => void {
  let stopping = false;
  const onStop = (signal: 'SIGTERM' | 'SIGINT') => {
    if (stopping) process.exit(EXIT_CODES[signal]);
    stopping = true;
    void stop();
  };
  const onReload = () => void reload();
  const off = () => {
    process.off('SIGTERM', onStop).off('SIGINT', onStop).off('SIGHUP', onReload);
  };
  process.on('SIGTERM', onStop).on('SIGINT', onStop).on('SIGHUP', onReload);
  return off;
}
