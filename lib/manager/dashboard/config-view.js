import { element, setText } from './element.js';

/** The config in force: a fold for each service, and one for the rest. What is open stays open. */
export class ConfigView {
  #root;
  #folds = new Map();

  constructor(root) {
    this.#root = root;
  }

  show({ services, ...rest }) {
    const parts = [
      ...Object.entries(services ?? {}).map(([name, config]) => [`services.${name}`, config]),
      ['manager', rest],
    ];
    const folds = new Map(
      parts.map(([name, config]) => {
        const fold = this.#folds.get(name) ?? makeFold(name);
        setText(fold.querySelector('pre'), JSON.stringify(config, null, 2));
        return [name, fold];
      }),
    );
    this.#folds = folds;
    this.#root.replaceChildren(...folds.values());
  }
}

function makeFold(name) {
  return element(
    'details',
    { 'data-config': name },
    element('summary', { text: name }),
    element('pre', { tabindex: '0', 'aria-label': `Config of ${name}` }),
  );
}
