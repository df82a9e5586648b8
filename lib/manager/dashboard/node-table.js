import { element, setText } from './element.js';
import { NodeRow } from './node-row.js';
import { stateWords } from './words.js';

/** More rows than these help nobody; the troubled ones come first then. */
const MOST_ROWS = 50;
const URGENCY = ['bad', 'warn', 'calm', 'good'];
const HEADS = [
  'Endpoint',
  'State',
  'Connections',
  'Waiting',
  'Calls/s',
  'Errors',
  'Mean ms',
  'Weight',
  'Last error',
];

/**
 * The table of a service's endpoints. Rows stay the same elements while their endpoint is listed. The roles are spelled
 * out because a phone shows the rows as cards, which would take them away.
 */
export class NodeTable {
  #body = element('tbody', { role: 'rowgroup' });
  #more = element('p', { className: 'quiet' });
  #rows = new Map();

  constructor(place, label) {
    const heads = HEADS.map((text) => element('th', { text, scope: 'col', role: 'columnheader' }));
    const head = element('thead', { role: 'rowgroup' }, element('tr', { role: 'row' }, ...heads));
    const table = element(
      'table',
      { className: 'nodes', role: 'table', 'aria-label': label },
      head,
      this.#body,
    );
    place.append(table, this.#more);
  }

  update(at, nodes) {
    const shown = nodes.length > MOST_ROWS ? worstFirst(nodes).slice(0, MOST_ROWS) : nodes;
    const rows = new Map();
    for (const node of shown) {
      // One that drains and its successor may have the same id.
      const key = `${node.id} ${node.state === 'draining'}`;
      const row = this.#rows.get(key) ?? new NodeRow(HEADS);
      row.update(at, node);
      rows.set(key, row);
    }
    this.#rows = rows;
    const wanted = [...rows.values()].map(({ root }) => root);
    const isSame =
      wanted.length === this.#body.children.length &&
      wanted.every((row, i) => row === this.#body.children[i]);
    if (!isSame) this.#body.replaceChildren(...wanted);
    this.#more.hidden = shown.length === nodes.length;
    setText(this.#more, `${shown.length} of ${nodes.length} endpoints, those in trouble first.`);
  }
}

function worstFirst(nodes) {
  const urgency = ({ state }) => URGENCY.indexOf(stateWords(state).tone);
  return [...nodes].sort((a, b) => urgency(a) - urgency(b));
}
