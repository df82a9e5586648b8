import { element, setText } from './element.js';
import { eventWords, number } from './words.js';

const KEPT = 100;

/** What happened last, newest first. A server that was restarted knows less than the page: nothing is dropped. */
export class EventList {
  #list;
  #newest;
  #known = new Set();

  constructor(list) {
    this.#list = list;
    // It scrolls, with the keyboard too.
    list.tabIndex = 0;
    this.#showEmpty();
  }

  add(event) {
    const key = JSON.stringify(event);
    if (this.#known.has(key)) return;
    if (this.#known.size === 0) this.#list.replaceChildren();
    this.#known.add(key);
    if (this.#known.size > 10 * KEPT) this.#known = new Set([...this.#known].slice(-KEPT));
    const repeated = this.#newest?.repeats(event);
    if (!repeated) this.#newest = new EventItem(event);
    this.#newest.happened(event);
    if (!repeated) this.#list.prepend(this.#newest.root);
    while (this.#list.children.length > KEPT) this.#list.lastElementChild.remove();
  }

  #showEmpty() {
    this.#list.append(element('li', { className: 'quiet', text: 'Nothing has happened yet.' }));
  }
}

/** One line of the list: an event, and how often it came in a row. */
class EventItem {
  #event;
  #count = 0;
  #time = element('time');
  #times = element('span', { className: 'times' });
  #detail = element('span', { className: 'quiet' });

  constructor(event) {
    this.#event = event;
    const { words, tone } = eventWords(event.event);
    const where = [event.service, event.node].filter((part) => part !== undefined).join(' / ');
    this.root = element(
      'li',
      { 'data-event': event.event },
      this.#time,
      element('span', { className: `what ${tone}`, text: words }),
      element('span', { text: where }),
      this.#times,
      this.#detail,
    );
  }

  repeats({ service, event, node, detail }) {
    const own = this.#event;
    return own.service === service && own.event === event && own.node === node && own.detail === detail;
  }

  happened({ at, detail }) {
    const time = new Date(at);
    this.#time.dateTime = time.toISOString();
    setText(this.#time, time.toLocaleTimeString('en-GB'));
    setText(this.#detail, detail ?? '');
    this.#count++;
    setText(this.#times, this.#count === 1 ? '' : `${number(this.#count)} times`);
  }
}
