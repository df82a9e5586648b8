import { request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { text } from 'node:stream/consumers';
import type { KeyPair } from './tls.js';

/** An administrator's side of an etcd server, over its JSON interface. */
export class EtcdApi {
  #token: string | undefined;

  constructor(
    private readonly port: number,
    private readonly tls: { readonly ca: string; readonly client: KeyPair } | undefined,
  ) {}

  /** Whether the server serves. */
  async isHealthy(): Promise<boolean> {
    try {
      return (JSON.parse(await this.#send('GET', '/health')) as { health: string }).health === 'true';
    } catch {
      return false;
    }
  }

  /** Writes a key; what is not a string as JSON. Gives the revision. */
  async put(key: string, value: unknown, lease?: string): Promise<number> {
    const content = typeof value === 'string' ? value : JSON.stringify(value);
    return revisionOf(
      await this.call('/v3/kv/put', { key: encode(key), value: encode(content), ...(lease && { lease }) }),
    );
  }

  async delete(key: string): Promise<number> {
    return revisionOf(await this.call('/v3/kv/deleterange', { key: encode(key) }));
  }

  /** Forgets what was before a revision. */
  async compact(revision: number): Promise<void> {
    await this.call('/v3/kv/compaction', { revision: String(revision), physical: true });
  }

  /** Gives the id of a lease that ends by itself. */
  async grantLease(seconds: number): Promise<string> {
    return ((await this.call('/v3/lease/grant', { TTL: String(seconds) })) as { ID: string }).ID;
  }

  async keepAlive(lease: string): Promise<void> {
    await this.call('/v3/lease/keepalive', { ID: lease });
  }

  /** From now on a password is needed: `root` may do everything, `reader` reads keys that begin with `prefix`. */
  async switchAuthOn(prefix: string, password: string): Promise<void> {
    const range = { key: encode(prefix), range_end: encode(`${prefix.slice(0, -1)}\u007f`) };
    await this.call('/v3/auth/user/add', { name: 'root', password });
    await this.call('/v3/auth/user/grant', { user: 'root', role: 'root' });
    await this.call('/v3/auth/role/add', { name: 'reading' });
    await this.call('/v3/auth/role/grant', { name: 'reading', perm: { permType: 'READ', ...range } });
    await this.call('/v3/auth/user/add', { name: 'reader', password });
    await this.call('/v3/auth/user/grant', { user: 'reader', role: 'reading' });
    await this.call('/v3/auth/enable', {});
    await this.logIn('root', password);
  }

  async changePassword(name: string, password: string): Promise<void> {
    await this.call('/v3/auth/user/changepw', { name, password });
  }

  /** Everything from here on is asked in the user's name. */
  async logIn(name: string, password: string): Promise<void> {
    this.#token = undefined;
    this.#token = ((await this.call('/v3/auth/authenticate', { name, password })) as { token: string }).token;
  }

  /** @throws Error with what etcd answered */
  async call(path: string, body: unknown): Promise<unknown> {
    const answer = JSON.parse(await this.#send('POST', path, JSON.stringify(body))) as { error?: unknown };
    if (answer.error !== undefined) throw new Error(`${path}: ${JSON.stringify(answer)}`);
    return answer;
  }

  #send(method: string, path: string, body?: string): Promise<string> {
    const headers = this.#token === undefined ? {} : { authorization: this.#token };
    // No connection is kept: what a test leaves open is then the tested one's.
    const options = { host: '127.0.0.1', port: this.port, method, path, headers, agent: false as const };
    return new Promise((resolve, reject) => {
      const asked =
        this.tls === undefined
          ? requestHttp(options)
          : requestHttps({ ...options, ca: this.tls.ca, ...this.tls.client });
      asked.once('error', reject);
      asked.once('response', (answer) => text(answer).then(resolve, reject));
      asked.end(body);
    });
  }
}

const encode = (text: string) => Buffer.from(text).toString('base64');

function revisionOf(answer: unknown): number {
  return Number((answer as { header: { revision: string } }).header.revision);
}
