/** How fast counters grow, over the last few seconds. */
export class Rates {
  #samples = [];

  constructor(windowMs) {
    this.windowMs = windowMs;
  }

  /** Takes the counters as they are now. Starts anew when one has fallen: then something was restarted. */
  add(at, counters) {
    const last = this.#samples.at(-1);
    if (last !== undefined && Object.keys(counters).some((key) => counters[key] < last.counters[key]))
      this.#samples = [];
    this.#samples.push({ at, counters });
    while (this.#samples.length > 2 && this.#samples[1].at <= at - this.windowMs) this.#samples.shift();
  }

  /** By how much a counter grew within the window; undefined before there are two samples. */
  grown(counter) {
    if (this.#samples.length < 2) return undefined;
    return this.#samples.at(-1).counters[counter] - this.#samples[0].counters[counter];
  }

  /** The same per second. */
  perSecond(counter) {
    const grown = this.grown(counter);
    return grown === undefined ? undefined : (1000 * grown) / (this.#samples.at(-1).at - this.#samples[0].at);
  }

  /** Growth of one counter per growth of another; undefined where that one stands still. */
  share(counter, of) {
    const total = this.grown(of);
    return total ? this.grown(counter) / total : undefined;
  }
}
