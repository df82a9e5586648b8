import { element } from './element.js';
import { stateWords } from './words.js';

const SPAN_MS = 120_000;

/** The last two minutes of an endpoint as a strip of colours. */
export class StateStrip {
  root = element('div', { className: 'strip', role: 'img' });
  /** When each run of one tone began. */
  #runs = [];

  add(at, state) {
    const { tone } = stateWords(state);
    if (this.#runs.at(-1)?.tone !== tone) this.#runs.push({ from: at, tone });
    const start = at - SPAN_MS;
    while (this.#runs.length > 1 && this.#runs[1].from <= start) this.#runs.shift();
    this.#draw(start);
  }

  #draw(start) {
    const place = (at) => `${Math.max(0, (100 * (at - start)) / SPAN_MS).toFixed(2)}%`;
    const stops = this.#runs.map(({ from, tone }, i) => {
      const next = this.#runs[i + 1];
      return `var(--${tone}) ${place(from)} ${next === undefined ? '100%' : place(next.from)}`;
    });
    this.root.style.backgroundImage = `linear-gradient(to right, var(--line) 0 ${place(this.#runs[0].from)}, ${stops.join(', ')})`;
    const troubles = this.#runs.filter(({ tone }) => tone === 'bad').length;
    this.root.setAttribute(
      'aria-label',
      `last two minutes: ${troubles === 0 ? 'no trouble' : `in trouble ${troubles} times`}`,
    );
  }
}
