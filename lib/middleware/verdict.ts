/**
 * What a callback of the user's decides. It is asked while a call fails, whose own error matters more than the
 * callback's: one that throws, or gives a promise instead of an answer, only causes a process warning.
 * @param name what the callback is called in the warning
 * @param otherwise the verdict where the callback gives none
 */
export function verdict(name: string, ask: () => unknown, otherwise: boolean): boolean {
  try {
    const answer = ask();
    if (typeof (answer as PromiseLike<unknown> | null | undefined)?.then !== 'function')
      return Boolean(answer);
    (answer as PromiseLike<unknown>).then(undefined, () => {});
    process.emitWarning(`${name} must answer at once, got a promise`);
  } catch (error) {
    process.emitWarning(error instanceof Error ? error : String(error));
  }
  return otherwise;
}
