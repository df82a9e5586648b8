import { type Endpoint, validateEndpoint } from '../../pool/endpoint.js';
import { describeError } from '../../pool/errors.js';
import { EtcdError } from './etcd-error.js';
import type { KeyValue, WatchEvent } from './etcd-protocol.js';

interface Entry {
  readonly endpoint: Endpoint;
  readonly revision: bigint;
}

/**
 * The endpoints that the keys below a prefix hold. A value that is no endpoint is reported, and what its key held
 * before stays until the key is gone or holds an endpoint again.
 */
export class KeyView {
  readonly #entries = new Map<string, Entry>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void) {
    this.#onError = onError;
  }

  /** These are all the keys there are. */
  replace(keyValues: readonly KeyValue[]): void {
    const present = new Set(keyValues.map(({ key }) => nameOf(key)));
    for (const name of this.#entries.keys()) if (!present.has(name)) this.#entries.delete(name);
    for (const keyValue of keyValues) this.#put(keyValue);
  }

  /** A key changed. */
  apply({ type, kv }: WatchEvent): void {
    if (kv === null) return;
    if (type === 'DELETE') this.#entries.delete(nameOf(kv.key));
    else this.#put(kv);
  }

  /**
   * The endpoints, in the order of their ids. A server that comes back before the lease of its former key has ended
   * is there twice: of keys with the same endpoint the one written last counts.
   */
  endpoints(): Endpoint[] {
    const newest = new Map<string, Entry>();
    for (const entry of this.#entries.values()) {
      const other = newest.get(entry.endpoint.id);
      if (other === undefined || other.revision < entry.revision) newest.set(entry.endpoint.id, entry);
    }
    return [...newest.values()]
      .map(({ endpoint }) => endpoint)
      .sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  #put({ key, value, mod_revision }: KeyValue): void {
    try {
      const endpoint: unknown = JSON.parse(value.toString());
      validateEndpoint(endpoint);
      this.#entries.set(nameOf(key), { endpoint, revision: BigInt(mod_revision) });
    } catch (error) {
      const why = `the value of '${key.toString()}' is no endpoint: ${describeError(error)}`;
      this.#onError(new EtcdError(`etcd: ${why}`, { cause: error }));
    }
  }
}

/** Keys are bytes: this spelling tells all of them apart. */
function nameOf(key: Buffer): string {
  return key.toString('latin1');
}
