import { element } from './element.js';
import { stateWords } from './words.js';

/** A link to each service, with how it is; not shown for one alone. */
export function showOverview(nav, cards, services) {
  nav.hidden = services.length < 2;
  const links = services.map(({ name, state, cluster }) => {
    const nodes = cluster?.nodes ?? [];
    const usable = nodes.filter(({ available }) => available).length;
    const tone = state === 'ready' && usable < nodes.length ? 'warn' : stateWords(state).tone;
    return element(
      'a',
      { href: `#${cards.get(name).root.id}`, className: `chip ${tone}` },
      element('span', { text: name }),
      element('small', { className: 'quiet', text: `${usable}/${nodes.length}` }),
    );
  });
  // A link that has the focus must keep it.
  const isSame =
    links.length === nav.children.length && links.every((link, i) => link.isEqualNode(nav.children[i]));
  if (!isSame) nav.replaceChildren(...links);
}
