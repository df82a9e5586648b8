import { setMaxListeners } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createAdaptorServer } from '@hono/node-server';
import { Timer } from '../../pool/clock.js';
import type { AdminConfig } from '../config/schema.js';
import { type AdminSources, adminApp } from './admin-app.js';

/** How long requests under way have to end, ms. */
const GRACE_MS = 1_000;

/** The admin server at one address. */
export class AdminListener {
  readonly #sources: Omit<AdminSources, 'signal'>;
  readonly #server: Server;
  #config: AdminConfig;
  #app: ReturnType<typeof adminApp>;
  /** Ends the streams. */
  #ending = newEnding();

  constructor(config: AdminConfig, sources: Omit<AdminSources, 'signal'>) {
    this.#sources = sources;
    this.#config = config;
    this.#app = adminApp(config, { ...sources, signal: this.#ending.signal });
    this.#server = createAdaptorServer({
      fetch: (request, env) => this.#app.fetch(request, env),
      // What a request without a Host header (HTTP/1.0) is taken to call the server by.
      hostname: 'localhost',
    }) as Server;
  }

  get config(): AdminConfig {
    return this.#config;
  }

  /** Such as `http://127.0.0.1:9090`; undefined while it does not listen. */
  get url(): string | undefined {
    const at = this.#server.address() as AddressInfo | null;
    if (at === null) return undefined;
    return `http://${at.family === 'IPv6' ? `[${at.address}]` : at.address}:${at.port}`;
  }

  /** Listens. Rejects with what the system says of the address. */
  async start(): Promise<void> {
    const { host, port } = this.#config;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject);
        resolve();
      });
    });
  }

  /** Serves as this config says from now on; whoever reads a stream has to ask anew. */
  serveAs(config: AdminConfig): void {
    const ending = newEnding();
    this.#app = adminApp(config, { ...this.#sources, signal: ending.signal });
    this.#config = config;
    this.#ending.abort();
    this.#ending = ending;
  }

  /** Ends every stream, lets other requests end, closes every connection. */
  async stop(): Promise<void> {
    this.#ending.abort();
    const impatient = new Timer(() => this.#server.closeAllConnections(), GRACE_MS, true);
    await new Promise<void>((resolve) => {
      this.#server.close(() => resolve());
    });
    impatient.cancel();
  }
}

/** Every reader of a stream listens for the end, however many there are. */
function newEnding(): AbortController {
  const ending = new AbortController();
  setMaxListeners(0, ending.signal);
  return ending;
}
