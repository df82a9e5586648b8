/** Why a change of the services was given up: a newer config is there. */
class SupersededError extends Error {
  constructor() {
    super('a newer config came before its connections were ready');
  }
}

/**
 * Reloads in the order in which they were asked for. Each config is read at once; what an earlier one still waits for
 * is given up as soon as a newer one is known to be sound, so that a mistake can be mended without waiting.
 */
export class ReloadQueue {
  readonly #underWay = new Set<Promise<unknown>>();
  #lastRead: Promise<unknown> = Promise.resolve();
  #lastApplied: Promise<unknown> = Promise.resolve();
  #newer = new AbortController();
  #endedBy: { reason: unknown } | undefined;

  /**
   * @param read reads and checks a config
   * @param apply puts it in force; its signal aborts when it is to wait no longer
   */
  add<C, R>(read: () => Promise<C>, apply: (config: C, signal: AbortSignal) => Promise<R>): Promise<R> {
    const reading = this.#lastRead.then(read);
    this.#lastRead = reading.catch(() => {});
    const applied = reading.then((config) => {
      const { signal } = this.#supersede();
      const applying = this.#lastApplied.then(() => apply(config, signal));
      this.#lastApplied = applying.catch(() => {});
      return applying;
    });
    const ended = applied.then(
      () => {},
      () => {},
    );
    this.#underWay.add(ended);
    void ended.then(() => this.#underWay.delete(ended));
    return applied;
  }

  /** Nothing waits any longer, what comes later neither; resolves when all have ended. */
  async end(reason: unknown): Promise<void> {
    this.#endedBy = { reason };
    this.#newer.abort(reason);
    await Promise.all(this.#underWay);
  }

  #supersede(): AbortController {
    this.#newer.abort(new SupersededError());
    this.#newer = new AbortController();
    if (this.#endedBy !== undefined) this.#newer.abort(this.#endedBy.reason);
    return this.#newer;
  }
}
