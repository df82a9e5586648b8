import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Writable } from 'node:stream';
import { freePorts } from './free-ports.js';
import { waitFor } from './wait-for.js';

/** How much of a server's output is kept for the message of a failure, in characters. */
const OUTPUT_KEPT = 10_000;

/**
 * A shell that becomes the program, and beside it a child that waits at descriptor 3, of which the tests hold the other
 * end. A line says that the program has ended; an end without one, that the tests have died, however they did.
 */
const LEASHED = '(read -r ended <&3 || kill -9 $$) >/dev/null 2>&1 & exec "$@" 3<&-';

/** A real server in a process of its own, with a folder for its files, that can be killed and started again. */
export abstract class BinaryServer implements AsyncDisposable {
  readonly host = '127.0.0.1';
  #child: ChildProcess | undefined;
  #gone: Promise<unknown> = Promise.resolve();

  constructor(private readonly dir: string) {}

  /** The program and its flags. */
  protected abstract command(): Promise<readonly string[]> | readonly string[];

  /** Whether it serves. `output`: what it has printed. */
  protected abstract isReady(output: string): Promise<boolean> | boolean;

  /**
   * Starts it (again); resolves when it serves.
   * @throws Error with what it printed
   */
  async restart(): Promise<void> {
    const command = await this.command();
    const child = spawn('sh', ['-c', LEASHED, 'sh', ...command], {
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    this.#gone = once(child, 'close');
    child.once('exit', () => (child.stdio[3] as Writable).end('ended\n'));
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream!.on('data', (chunk) => {
        output = (output + chunk).slice(-OUTPUT_KEPT);
      });
    }
    const isReady = () => {
      if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
      return this.isReady(output);
    };
    try {
      await waitFor('it to be ready', isReady, { timeoutMs: 15_000 });
    } catch (error) {
      await this.kill();
      throw new Error(`${command[0]}: ${(error as Error).message}\n${output}`, { cause: error });
    }
  }

  /** Ends the process at once, as a crash; no effect when it does not run. */
  async kill(): Promise<void> {
    this.#child?.kill('SIGKILL');
    await this.#gone;
  }

  /** Stops the process where it stands, as a machine that hangs. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Ends it for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** The path of a file of its own. */
  protected file(name: string): string {
    return join(this.dir, name);
  }

  /** Writes a file of its own and gives the path. */
  protected async write(name: string, content: string): Promise<string> {
    await writeFile(this.file(name), content);
    return this.file(name);
  }
}

/** Starts a server in a new folder, on so many free ports. */
export async function launch<T extends BinaryServer>(
  portCount: number,
  make: (dir: string, ports: readonly number[]) => T,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const server = make(await mkdtemp(join(tmpdir(), 'connpool-server-')), await freePorts(portCount));
    try {
      await server.restart();
      return server;
    } catch (error) {
      await server.stop();
      // Somebody else may have taken a port meanwhile.
      if (attempt === 3) throw error;
    }
  }
}
