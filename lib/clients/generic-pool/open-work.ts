/** Work that has begun and not ended: creations, destructions. */
export class OpenWork {
  readonly #open = new Set<Promise<void>>();

  /** Notes a beginning; call what it gives at the end. */
  begin(): () => void {
    let resolve!: () => void;
    const done = new Promise<void>((settle) => {
      resolve = settle;
    });
    this.#open.add(done);
    return () => {
      this.#open.delete(done);
      resolve();
    };
  }

  /** Resolves when everything that is open now has ended; what begins later is not waited for. */
  async ended(): Promise<void> {
    await Promise.all(this.#open);
  }
}
