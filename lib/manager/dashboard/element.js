/** Makes an element with text or children; everything that comes from the server becomes text, never markup. */
export function element(tag, { className, text, ...attributes } = {}, ...children) {
  const made = document.createElement(tag);
  if (className !== undefined) made.className = className;
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** Sets a text only when it differs, so that a selection in it survives. */
export function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** Shows a paragraph with this text, or hides it when there is none. */
export function setNotice(target, text) {
  setText(target, text ?? '');
  target.hidden = text === undefined;
}
