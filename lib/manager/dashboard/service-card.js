import { Chart } from './chart.js';
import { element, setNotice, setText } from './element.js';
import { NodeTable } from './node-table.js';
import { Rates } from './rates.js';
import { count, number, percent, setBadge } from './words.js';

const RATE_WINDOW_MS = 5_000;
const CHARTS = {
  connections: [
    'Connections',
    [
      { label: 'in use', tone: 'one', isFilled: true },
      { label: 'idle', tone: 'two' },
      { label: 'dialing', tone: 'three' },
      { label: 'waiting', tone: 'four' },
    ],
  ],
  calls: [
    'Calls per second',
    [
      { label: 'all', tone: 'one', isFilled: true },
      { label: 'failed', tone: 'four', isFilled: true },
    ],
  ],
  latency: [
    'Latency in ms, last minute',
    [
      { label: 'p50', tone: 'two' },
      { label: 'p90', tone: 'five' },
      { label: 'p99', tone: 'three' },
    ],
  ],
};

/** Everything the page says of one service. */
export class ServiceCard {
  #fields;
  #table;
  #charts;
  #tiles = new Map();
  #rates = new Rates(RATE_WINDOW_MS);
  #lastAt = 0;

  constructor(template, name) {
    this.root = template.content.firstElementChild.cloneNode(true);
    this.root.dataset.service = name;
    this.root.id = `service-${encodeURIComponent(name)}`;
    this.#fields = Object.fromEntries(
      [...this.root.querySelectorAll('[data-field]')].map((field) => [field.dataset.field, field]),
    );
    const { name: title, charts } = this.#fields;
    title.textContent = name;
    title.id = `${this.root.id}-title`;
    this.root.setAttribute('aria-labelledby', title.id);
    this.#table = new NodeTable(this.#fields.nodes, `Endpoints of ${name}`);
    this.#charts = Object.fromEntries(
      Object.entries(CHARTS).map(([key, [caption, series]]) => [key, new Chart(caption, series, name)]),
    );
    for (const [key, chart] of Object.entries(this.#charts)) {
      chart.root.dataset.chart = key;
      charts.append(chart.root);
    }
  }

  /** Shows a snapshot; gives the figures that the page adds up over its services. */
  update(at, { protocol, state, reason, calls, cluster }) {
    const nodes = cluster?.nodes ?? [];
    this.#lastAt = at;
    this.#rates.add(at, { calls: calls.calls, failures: calls.failures });
    const gauges = gaugesOf(nodes, cluster?.waiting ?? 0);
    const usable = nodes.filter(({ available }) => available).length;
    const perSecond = { calls: this.#rates.perSecond('calls'), failures: this.#rates.perSecond('failures') };
    setText(this.#fields.protocol, protocol);
    setBadge(this.#fields.state, state);
    setNotice(this.#fields.reason, reason);
    this.#fields.panic.hidden = cluster?.panicking !== true;
    setText(this.#fields.discovery, discoveryLine(usable, nodes.length, cluster));
    this.#showTiles(gauges, calls.latencyMs, perSecond);
    this.#table.update(at, nodes);
    this.#draw(at, gauges, perSecond, calls.latencyMs);
    return { usable, endpoints: nodes.length, perSecond };
  }

  /** The figures stop here: the lines of the charts shall not run on. */
  interrupt() {
    this.#draw(this.#lastAt + 1, undefined, undefined, undefined);
  }

  redraw() {
    for (const chart of Object.values(this.#charts)) chart.redraw();
  }

  #draw(at, gauges, perSecond, latencyMs) {
    this.#charts.connections.add(at, [gauges?.inUse, gauges?.idle, gauges?.dialing, gauges?.waiting]);
    this.#charts.calls.add(at, [perSecond?.calls, perSecond?.failures]);
    this.#charts.latency.add(at, [latencyMs?.p50, latencyMs?.p90, latencyMs?.p99]);
  }

  #showTiles({ inUse, idle, dialing, waiting, limit }, latencyMs, perSecond) {
    const isFull = limit !== undefined && inUse > 0.8 * limit;
    const errors = this.#rates.share('failures', 'calls');
    this.#tile('In use', number(inUse), limit === undefined ? '' : `of ${number(limit)}`, isFull);
    this.#tile('Idle', number(idle), dialing === 0 ? '' : `+${number(dialing)} dialing`);
    this.#tile('Waiting', number(waiting), '', waiting > 0);
    this.#tile('Calls/s', number(perSecond.calls));
    this.#tile('Error rate', percent(errors), '', errors > 0);
    this.#tile('p50', number(latencyMs?.p50), 'ms');
    this.#tile('p90', number(latencyMs?.p90), 'ms');
    this.#tile('p99', number(latencyMs?.p99), 'ms');
  }

  #tile(title, value, addition = '', isTroubled = false) {
    let tile = this.#tiles.get(title);
    if (tile === undefined) {
      tile = { value: element('span'), addition: element('small', { className: 'quiet' }) };
      tile.root = element(
        'div',
        {},
        element('dt', { text: title }),
        element('dd', {}, tile.value, ' ', tile.addition),
      );
      this.#tiles.set(title, tile);
      this.#fields.tiles.append(tile.root);
    }
    setText(tile.value, value);
    setText(tile.addition, addition);
    tile.root.classList.toggle('troubled', isTroubled);
  }
}

function gaugesOf(nodes, waitingForNodes) {
  const sum = (gauge) => nodes.reduce((total, { source }) => total + (source[gauge] ?? 0), 0);
  // JSON has no Infinity: a pool without a limit has null.
  const isLimited = nodes.length > 0 && nodes.every(({ source }) => Number.isFinite(source.maxActive));
  return {
    inUse: sum('inUse'),
    idle: sum('idle') + sum('checking'),
    dialing: sum('dialing'),
    waiting: sum('waiting') + waitingForNodes,
    limit: isLimited ? sum('maxActive') : undefined,
  };
}

function discoveryLine(usable, endpoints, cluster) {
  const errors = cluster?.discovery?.errors ?? 0;
  const rejected = cluster?.rejected ?? 0;
  return [
    `${usable} of ${count(endpoints, 'endpoint')} usable`,
    ...(errors === 0 ? [] : [count(errors, 'discovery error')]),
    ...(rejected === 0 ? [] : [`${count(rejected, 'call')} rejected`]),
  ].join(' · ');
}
