import { element, setText } from './element.js';
import { number } from './words.js';

const KEPT_POINTS = 300;
const LEAST_SPAN_S = 60;
const HEIGHT = 150;

/**
 * A live time series with a legend of its own: it says the latest values, or those under the pointer. The colours are
 * those of the legend's swatches, which the style sheet decides, so that light and dark need nothing here.
 */
export class Chart {
  #plot;
  #legend;
  #data;
  #title;
  #canvas = element('div', { className: 'plot', role: 'img' });
  #isVisible = false;
  #isStale = false;

  constructor(title, series, syncKey) {
    this.#title = title;
    this.#data = [[], ...series.map(() => [])];
    this.#legend = series.map(({ label, tone, isFilled = false }) => ({
      label,
      isFilled,
      swatch: element('i', { className: `swatch ${tone} ${isFilled ? 'filled' : ''}` }),
      value: element('b', { text: '–' }),
    }));
    const legend = this.#legend.map(({ label, swatch, value }) =>
      element('li', {}, swatch, ` ${label} `, value),
    );
    this.root = element(
      'figure',
      {},
      element('figcaption', { text: title }),
      element('ul', { className: 'legend' }, ...legend),
      this.#canvas,
    );
    this.#plot = new uPlot(this.#options(syncKey), this.#data, this.#canvas);
    this.#watch();
  }

  /** Takes the values of one moment, `undefined` for none. */
  add(at, values) {
    this.#data[0].push(at / 1000);
    for (const [i, value] of values.entries()) this.#data[i + 1].push(value ?? null);
    if (this.#data[0].length > KEPT_POINTS) for (const column of this.#data) column.shift();
    this.#isStale = true;
    this.redraw();
  }

  /** Draws what has changed, unless nobody can see it. */
  redraw() {
    if (!this.#isVisible) return;
    if (this.#isStale) this.#plot.setData(this.#data);
    else this.#plot.redraw();
    this.#isStale = false;
    this.#tell(this.#plot.cursor.idx);
  }

  #watch() {
    new ResizeObserver(([{ contentRect }]) => {
      if (contentRect.width > 0) this.#plot.setSize({ width: Math.floor(contentRect.width), height: HEIGHT });
    }).observe(this.#canvas);
    new IntersectionObserver(([{ isIntersecting }]) => {
      this.#isVisible = isIntersecting;
      if (this.#isStale) this.redraw();
    }).observe(this.#canvas);
  }

  #tell(index) {
    const at = index ?? this.#data[0].length - 1;
    const values = this.#legend.map(({ value }, i) => {
      setText(value, number(this.#data[i + 1][at]));
      return `${this.#legend[i].label} ${value.textContent}`;
    });
    this.#canvas.setAttribute('aria-label', `${this.#title}, line chart: ${values.join(', ')}`);
  }

  #options(syncKey) {
    const colour = (property) => () => getComputedStyle(this.#canvas)[property];
    const axis = {
      stroke: colour('color'),
      font: '11px system-ui, sans-serif',
      grid: { stroke: colour('outlineColor'), width: 1 },
      ticks: { show: false },
    };
    return {
      width: 300,
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, sync: { key: syncKey }, drag: { x: false, y: false } },
      axes: [
        {
          ...axis,
          space: 70,
          size: 24,
          values: [
            [60, '{HH}:{mm}', null, null, null, null, null, null, 1],
            [1, '{HH}:{mm}:{ss}', null, null, null, null, null, null, 1],
          ],
        },
        { ...axis, size: 42, space: 28, values: (_plot, splits) => splits.map(number) },
      ],
      scales: {
        x: { range: (_plot, min, max) => [Math.min(min ?? 0, (max ?? 0) - LEAST_SPAN_S), max ?? 1] },
        y: { range: (_plot, _min, max) => [0, Math.max(1, (max ?? 0) * 1.1)] },
      },
      series: [
        {},
        ...this.#legend.map(({ swatch }) => ({
          stroke: () => getComputedStyle(swatch).color,
          fill: () => getComputedStyle(swatch).backgroundColor,
          width: 1.75,
          points: { show: false },
        })),
      ],
      hooks: { setCursor: [({ cursor }) => this.#tell(cursor.idx)] },
    };
  }
}
