import type { AdminServer } from './admin/admin-server.js';
import type { AdminConfig } from './config/schema.js';
import { loadPeer } from './load-peer.js';
import type { ManagerView } from './manager-view.js';

/** The admin server of a manager, which its config switches on and off. What it needs is loaded when there is one. */
export class AdminSwitch {
  readonly #view: ManagerView;
  #server: AdminServer | undefined;

  constructor(view: ManagerView) {
    this.#view = view;
  }

  /** Such as `http://127.0.0.1:9090`; undefined while nothing listens. */
  get url(): string | undefined {
    return this.#server?.url;
  }

  /**
   * Makes the server, which watches from now on; it does not listen yet.
   * @throws ServiceSetupError when a package is missing
   */
  async prepare(config: AdminConfig | false): Promise<void> {
    if (config === false) return;
    const { AdminServer } = await loadPeer(
      'The admin server',
      ['hono', '@hono/node-server', 'prom-client'],
      () => import('./admin/admin-server.js'),
    );
    this.#server = new AdminServer(this.#view, config);
  }

  /** @throws what the system says of the address */
  async listen(): Promise<void> {
    await this.#server?.start();
  }

  /**
   * Makes the server as a new config wants it.
   * @throws what the system says of the address; then it is as it was
   */
  async change(config: AdminConfig | false): Promise<void> {
    if (config === false) return this.stop();
    if (this.#server !== undefined) return this.#server.change(config);
    try {
      await this.prepare(config);
      await this.listen();
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    await server?.stop();
  }
}
