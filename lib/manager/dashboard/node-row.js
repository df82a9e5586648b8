import { element, setText } from './element.js';
import { Rates } from './rates.js';
import { StateStrip } from './state-strip.js';
import { number, percent, setBadge } from './words.js';

const RATE_WINDOW_MS = 5_000;
const SHARES = ['inUse', 'idle', 'checking', 'dialing'];

/** One endpoint in the table. */
export class NodeRow {
  #rates = new Rates(RATE_WINDOW_MS);
  #strip = new StateStrip();
  #badge = element('span', { className: 'badge' });
  #address = element('small', { className: 'quiet' });
  #id = element('span', { className: 'id' });
  #bar = element(
    'div',
    { className: 'bar', 'aria-hidden': 'true' },
    ...SHARES.map((part) => element('i', { className: part })),
  );
  #connections = element('span');
  #cells;

  constructor(heads) {
    this.#cells = heads.map((head, i) =>
      element(i === 0 ? 'th' : 'td', {
        'data-label': head,
        role: i === 0 ? 'rowheader' : 'cell',
        ...(i === 0 ? { scope: 'row' } : {}),
      }),
    );
    const [endpoint, state, connections] = this.#cells;
    endpoint.append(this.#id, this.#address);
    state.append(this.#badge, this.#strip.root);
    connections.append(this.#bar, this.#connections);
    this.root = element('tr', { role: 'row' }, ...this.#cells);
  }

  update(at, node) {
    const { id, host, port, state, trafficShare, source, calls, failures, callMsTotal, weight } = node;
    const [, , , waiting, callRate, errors, mean, weightCell, lastError] = this.#cells;
    this.#rates.add(at, { calls, failures, callMsTotal });
    const address = host === undefined ? '' : `${host}:${port}`;
    const errorShare = this.#rates.share('failures', 'calls');
    this.root.dataset.node = id;
    this.root.dataset.state = state;
    setText(this.#id, id);
    setText(this.#address, address === id ? '' : address);
    setBadge(this.#badge, state, state === 'slow-start' ? ` ${percent(trafficShare)}` : '');
    this.#strip.add(at, state);
    this.#showConnections(source);
    setText(waiting, number(source.waiting));
    waiting.classList.toggle('warn', source.waiting > 0);
    setText(callRate, number(this.#rates.perSecond('calls')));
    setText(errors, percent(errorShare));
    errors.classList.toggle('bad', errorShare > 0);
    setText(mean, number(this.#rates.share('callMsTotal', 'calls')));
    setText(weightCell, number(weight));
    setText(lastError, node.lastError ?? '');
  }

  /** The bar is full at the limit; a pool without one fills it with what is there. */
  #showConnections(source) {
    const present = SHARES.reduce((sum, part) => sum + source[part], 0);
    const limit = Number.isFinite(source.maxActive) ? source.maxActive : undefined;
    const whole = Math.max(1, present, limit ?? 0);
    for (const [i, part] of SHARES.entries())
      this.#bar.children[i].style.width = `${(100 * source[part]) / whole}%`;
    const { inUse, idle, dialing } = source;
    const parts = [`${inUse} in use`, `${idle} idle`, ...(dialing > 0 ? [`${dialing} dialing`] : [])];
    setText(this.#connections, `${parts.join(', ')}${limit === undefined ? '' : ` of ${number(limit)}`}`);
  }
}
