import type { Endpoint } from '../pool/endpoint.js';

/**
 * Whether a text may be the beginning of one that is still being written, though it can be read: its last line has no
 * end, or it lacks something that the last list had, an endpoint or a field of one.
 * @param entries what the text says
 * @param last the list in force
 */
export function mayBeHalf(text: string, entries: readonly unknown[], last: readonly Endpoint[]): boolean {
  if (!text.endsWith('\n')) return true;
  const byId = new Map(entries.map((entry) => [(entry as Partial<Endpoint> | null)?.id, entry as object]));
  return last.some((endpoint) => {
    const entry = byId.get(endpoint.id);
    return entry === undefined || Object.keys(endpoint).some((field) => !(field in entry));
  });
}
