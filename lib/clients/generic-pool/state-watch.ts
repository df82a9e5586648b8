/** Somebody who waits for a certain state. */
interface Watcher {
  readonly isMet: () => boolean;
  readonly resolve: () => void;
}

/** Waits for states of the pool, told of every change instead of looking at intervals. */
export class StateWatch {
  #watchers: Watcher[] = [];

  /** Whether anybody waits. */
  get isOn(): boolean {
    return this.#watchers.length > 0;
  }

  /** Resolves when `isMet` gives true: at once, or after one of the changes to come. */
  until(isMet: () => boolean): Promise<void> {
    if (isMet()) return Promise.resolve();
    return new Promise((resolve) => this.#watchers.push({ isMet, resolve }));
  }

  /** To be called after every change that somebody may wait for. */
  changed(): void {
    if (!this.isOn) return;
    const watchers = this.#watchers;
    this.#watchers = [];
    for (const watcher of watchers) {
      if (watcher.isMet()) watcher.resolve();
      else this.#watchers.push(watcher);
    }
  }
}
