/** Exit code of a process that a second Ctrl-C has ended: 128 + SIGINT, as shells have it. */
const EXIT_INTERRUPTED = 130;

/** What Ctrl-C does meanwhile. */
export interface Interrupt extends Disposable {
  /** Aborts with the first SIGINT or SIGTERM; the second ends the process at once. */
  readonly signal: AbortSignal;
}

/** Takes Ctrl-C (and SIGTERM) for a wish to end early and in good order, until it is disposed of. */
export function catchInterrupt(): Interrupt {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT_INTERRUPTED);
    controller.abort();
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  return {
    signal: controller.signal,
    [Symbol.dispose]: () => void process.off('SIGINT', onSignal).off('SIGTERM', onSignal),
  };
}
