import type { Socket } from 'node:net';
import type { Page } from 'playwright-core';
import type { ManagerConfigInput } from '../../../lib/manager/config/schema.js';
import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { LineServer } from '../cluster/line-server.js';

type ServiceInput = ManagerConfigInput['services'][string];

/** What a {@link Deployment} is made with. */
export interface DeploymentOptions {
  /** The token of the admin server. */
  readonly token?: string;
  /** Callers of each service. @default 3 */
  readonly callers?: number;
  /** How long a call works with its connection at most, ms. @default 0 */
  readonly workMs?: number;
}

/** Two services of real servers behind a manager, with load on them. */
export class Deployment {
  readonly orders = ['one', 'two', 'three'].map((name) => new LineServer(name));
  readonly search = ['four', 'five'].map((name) => new LineServer(name));
  #manager: PoolManager | undefined;
  #callers: Promise<void>[] = [];
  #isLoaded = false;

  readonly #token: string | undefined;
  readonly #callersEach: number;
  readonly #workMs: number;

  constructor({ token, callers = 3, workMs = 0 }: DeploymentOptions = {}) {
    this.#token = token;
    this.#callersEach = callers;
    this.#workMs = workMs;
  }

  get manager(): PoolManager {
    return this.#manager!;
  }

  get url(): string {
    return this.manager.adminUrl!;
  }

  async start(): Promise<this> {
    await Promise.all([...this.orders, ...this.search].map((server) => server.start()));
    this.#manager = new PoolManager(this.config({ port: 0 }));
    await this.#manager.ready({ timeoutMs: 5_000 });
    this.#isLoaded = true;
    this.#callers = Array.from({ length: this.#callersEach }, () => ['orders', 'search'])
      .flat()
      .map((name) => this.#call(name));
    return this;
  }

  async stop(): Promise<void> {
    this.#isLoaded = false;
    await Promise.all(this.#callers);
    await this.#manager?.stop({ timeoutMs: 1_000 });
    await Promise.all([...this.orders, ...this.search].map((server) => server.kill()));
  }

  /** The config; `admin: false` is one without the admin server. */
  config(admin: { port: number } | false): ManagerConfigInput {
    const service = (servers: readonly LineServer[]): ServiceInput => ({
      protocol: 'tcp',
      discovery: { type: 'static', endpoints: servers.map(({ port }) => `127.0.0.1:${port}`) },
      pool: { initialSize: 2, maxActive: 10, connectRetries: 0 },
      breaker: { maxFails: 2, cooldown: 200 },
      health: { interval: 300 },
    });
    return {
      services: { orders: service(this.orders), search: service(this.search) },
      admin: admin === false || this.#token === undefined ? admin : { ...admin, token: this.#token },
      stopTimeout: 1_000,
    };
  }

  /** Stops the admin server; gives what starts it again at the same port. */
  async stopAdmin(): Promise<() => Promise<unknown>> {
    const port = Number(new URL(this.url).port);
    await this.manager.reload(this.config(false));
    return () => this.manager.reload(this.config({ port }));
  }

  async #call(service: string): Promise<void> {
    while (this.#isLoaded) {
      await this.manager
        .do(service, (socket: Socket) => this.#work(socket), { timeoutMs: 2_000 })
        .catch(() => {});
      await pause(15);
    }
  }

  async #work(socket: Socket): Promise<void> {
    await ask(socket);
    if (this.#workMs > 0) await pause(Math.random() * this.#workMs);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** One question to a server; fails when the connection does. */
function ask(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      socket.off('data', onData).off('close', onClose);
      end();
    };
    const onData = () => settle(resolve);
    const onClose = () => settle(() => reject(new Error('the server closed the connection')));
    socket.on('data', onData).on('close', onClose).write('question\n');
  });
}

/** The row of an endpoint. */
export function rowOf(page: Page, server: LineServer) {
  return page.locator(`tr[data-node="127.0.0.1:${server.port}"]`);
}

/** The card of a service. */
export function cardOf(page: Page, service: string) {
  return page.locator(`section[data-service="${service}"]`);
}

/** Waits for the badge to say so. */
export async function waitForLink(page: Page, state: 'live' | 'offline' | 'locked'): Promise<void> {
  await page.locator(`#link[data-state="${state}"]`).waitFor();
}

/** Types a token into the form. */
export async function enterToken(page: Page, token: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Token' }).fill(token);
  await page.getByRole('button', { name: 'Open' }).click();
}

/** The figure in a tile of a service, as a number. */
export async function figure(page: Page, service: string, title: string): Promise<number> {
  const tile = cardOf(page, service).locator('.tiles > div').filter({ hasText: title });
  return Number.parseFloat((await tile.locator('dd > span').innerText()).replaceAll(',', ''));
}
