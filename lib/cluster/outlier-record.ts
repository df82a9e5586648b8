type State =
  | { readonly kind: 'in'; readonly timesEjected: number; fails: number }
  | { readonly kind: 'ejected'; readonly timesEjected: number; readonly until: number };

/** What outlier detection remembers of one node. */
export class OutlierRecord {
  #state: State = { kind: 'in', timesEjected: 0, fails: 0 };

  get isEjected(): boolean {
    return this.#state.kind === 'ejected';
  }

  /** How often the node was ejected of late: each one makes the next longer, each quiet sweep forgets one. */
  get timesEjected(): number {
    return this.#state.timesEjected;
  }

  /** Counts an outcome; gives the failures in a row. 0 while ejected: late results decide nothing. */
  count(outcome: 'success' | 'failure'): number {
    if (this.#state.kind === 'ejected') return 0;
    this.#state.fails = outcome === 'failure' ? this.#state.fails + 1 : 0;
    return this.#state.fails;
  }

  eject(until: number): void {
    this.#state = { kind: 'ejected', timesEjected: this.timesEjected + 1, until };
  }

  readmit(): void {
    this.#state = { kind: 'in', timesEjected: this.timesEjected, fails: 0 };
  }

  isDue(time: number): boolean {
    return this.#state.kind === 'ejected' && time >= this.#state.until;
  }

  forgetOne(): void {
    if (this.#state.kind === 'ejected' || this.#state.timesEjected === 0) return;
    this.#state = { ...this.#state, timesEjected: this.#state.timesEjected - 1 };
  }
}
