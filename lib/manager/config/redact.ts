const SECRETS: ReadonlySet<unknown> = new Set(['token', 'password']);

/** A copy of a config with its secrets hidden: what may be shown. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, entry]) => [
      name,
      SECRETS.has(name) && entry !== undefined ? '***' : redact(entry),
    ]),
  );
}

/** What cannot stand in a message wherever it stands in a config: a key instead of its file, a URL's password or query. */
const SECRET_TEXT = /-----BEGIN|:.*@|\?.*=/s;

/** Whether a value of a config must not stand in a message: a secret, or all of the config. */
export function isSecret(path: readonly PropertyKey[], value: unknown): boolean {
  return (
    path.length === 0 || SECRETS.has(path.at(-1)) || (typeof value === 'string' && SECRET_TEXT.test(value))
  );
}
