import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { waitFor, within } from '../../support/wait-for.js';
import type { Account } from './app.js';

export type Accounts = Record<string, Account>;

/** app.ts in a process of its own. */
export class AppProcess {
  #output = '';
  readonly #ended: Promise<number | null>;

  private constructor(readonly child: ChildProcess) {
    for (const stream of [child.stdout!, child.stderr!]) {
      stream.on('data', (chunk) => {
        this.#output += chunk;
      });
    }
    this.#ended = once(child, 'close').then(([code]) => code);
  }

  /** @param load such as `users=4` */
  static async start(config: string, ...load: string[]): Promise<AppProcess> {
    const script = fileURLToPath(new URL('./app.ts', import.meta.url));
    const child = spawn(process.execPath, ['--import', 'tsx', script, config, ...load], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const app = new AppProcess(child);
    await app.saw(/ready /);
    return app;
  }

  get output(): string {
    return this.#output;
  }

  /** Of its admin server. */
  get url(): string {
    return /ready (\S+)/.exec(this.#output)![1]!;
  }

  async saw(text: RegExp): Promise<void> {
    const seen = () => {
      if (this.child.exitCode !== null) throw new Error(`the app has ended: ${this.#output}`);
      return text.test(this.#output);
    };
    await waitFor(`the app to say ${text}`, seen, { timeoutMs: 20_000 });
  }

  /** Lets the calls under way end and starts no new ones; gives what became of all so far. */
  async pause(): Promise<Accounts> {
    return this.#tell('pause');
  }

  async resume(): Promise<Accounts> {
    return this.#tell('resume');
  }

  signal(signal: NodeJS.Signals): void {
    this.child.kill(signal);
  }

  /** Waits for its end; gives the exit code and, after an end in good order, what became of the calls. */
  async ended(): Promise<{ exitCode: number | null; accounts: Accounts | undefined }> {
    const exitCode = await within('the app ends', this.#ended, { timeoutMs: 15_000 });
    const text = /^account (.*)$/m.exec(this.#output)?.[1];
    return { exitCode, accounts: text === undefined ? undefined : JSON.parse(text) };
  }

  /** Ends it in any case. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#ended;
  }

  async #tell(what: string): Promise<Accounts> {
    const answer = once(this.child, 'message');
    this.child.send(what);
    return (await within(`the app answers to ${what}`, answer))[0] as Accounts;
  }
}
