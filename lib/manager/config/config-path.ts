/** What would move a terminal's cursor, end a line of a log or cannot be written in UTF-8. */
const UNSHOWABLE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** Whether a text can be shown as it is. */
export function isShowable(text: string): boolean {
  return !UNSHOWABLE.test(text);
}

/** A text with what cannot be shown in the notation of JSON: `\u001b`. */
export function shown(text: string): string {
  return text.replaceAll(
    new RegExp(UNSHOWABLE, 'gu'),
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The path of what a place holds under a name or number: `services.users`, `endpoints[2]`, `services[""]`. */
export function stepInto(path: string, step: PropertyKey): string {
  if (typeof step === 'number') return `${path}[${step}]`;
  const name = String(step);
  if (name.trim() !== name || name === '' || !isShowable(name)) return `${path}["${shown(name)}"]`;
  return path === '' ? name : `${path}.${name}`;
}

/** The path that the steps lead to: `services.users.discovery.endpoints[2]`. */
export function pathText(steps: readonly PropertyKey[]): string {
  return steps.reduce<string>(stepInto, '');
}
