/** Runs a function and gives a promise whatever it does: a synchronous throw rejects, a plain value resolves. */
export function asPromise(run: () => unknown): Promise<unknown> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    return Promise.reject(error);
  }
}
