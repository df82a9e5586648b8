// The dashboard: follows the admin server's events and shows what they say. Plain modules, no build.

import { ConfigView } from './config-view.js';
import { element, setNotice, setText } from './element.js';
import { EventList } from './event-list.js';
import { askToken, knownToken } from './login.js';
import { showOverview } from './overview.js';
import { ServiceCard } from './service-card.js';
import { follow } from './stream.js';
import { handleTheme } from './theme.js';
import { count, number, setBadge } from './words.js';

const byId = (id) => document.getElementById(id);
const cards = new Map();
const events = new EventList(byId('events'));
const config = new ConfigView(byId('config'));

const handlers = {
  config: (message) => config.show(message),
  recent: (messages) => {
    for (const message of messages) events.add(message);
  },
  event: (message) => events.add(message),
  snapshot: showSnapshot,
};

function showSnapshot({ at, services }) {
  const names = new Set(services.map(({ name }) => name));
  for (const [name, { root }] of cards) {
    if (names.has(name)) continue;
    root.remove();
    cards.delete(name);
  }
  if (cards.size === 0) byId('services').replaceChildren();
  const figures = services.map((service) => cardOf(service.name).update(at, service));
  showOverview(byId('overview'), cards, services);
  showSummary(services, figures);
}

function cardOf(name) {
  const known = cards.get(name);
  if (known !== undefined) return known;
  const card = new ServiceCard(byId('service-template'), name);
  cards.set(name, card);
  byId('services').append(card.root);
  return card;
}

function showSummary(services, figures) {
  const sum = (of) => figures.reduce((total, figure) => total + (of(figure) ?? 0), 0);
  const troubled = services.filter(({ state }) => state !== 'ready').length;
  const endpoints = sum((figure) => figure.endpoints);
  if (services.length === 0) {
    byId('services').replaceChildren(
      element('p', { className: 'quiet', text: 'The config names no services.' }),
    );
  }
  setText(
    byId('summary'),
    [
      count(services.length, 'service'),
      `${number(sum((figure) => figure.usable))} of ${count(endpoints, 'endpoint')} usable`,
      `${number(sum((figure) => figure.perSecond.calls))} calls/s`,
    ].join(' · '),
  );
  document.title = troubled === 0 ? 'connpool' : `(${troubled} in trouble) connpool`;
}

function showLink(state, why) {
  const wasLive = byId('link').dataset.state === 'live';
  setBadge(byId('link'), state);
  byId('page').classList.toggle('stale', state === 'offline' && cards.size > 0);
  setNotice(byId('notice'), why === undefined ? undefined : `Not connected: ${why}. Trying again.`);
  if (wasLive && state === 'offline') for (const card of cards.values()) card.interrupt();
}

handleTheme(byId('theme'), () => {
  for (const card of cards.values()) card.redraw();
});

void follow({
  token: knownToken(),
  isLocked: document.documentElement.hasAttribute('data-locked'),
  onMessage: (event, message) => handlers[event]?.(message),
  onLink: (state, why) => {
    byId('page').hidden = false;
    showLink(state, why);
  },
  askToken: (wasRefused) => {
    byId('page').hidden = true;
    showLink('locked');
    return askToken(byId('login'), wasRefused);
  },
});
