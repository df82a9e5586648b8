import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** The same file before and after the build. */
const PROGRAM = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './echo-process.ts' : './echo-process.js', import.meta.url),
);

/** Echo services, each in a process of its own. */
export class EchoFleet {
  readonly #members: { child: ChildProcess; readonly port: number }[] = [];

  /** Starts `count` of them; resolves when all can be called. */
  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#add(0)));
  }

  get ports(): readonly number[] {
    return this.#members.map(({ port }) => port);
  }

  /** Kills the first in mid-call, and gives its port. */
  async killFirst(): Promise<number> {
    const first = this.#members[0]!;
    await end(first.child);
    return first.port;
  }

  /** Starts the first again, on its port. */
  async reviveFirst(): Promise<void> {
    const first = this.#members[0]!;
    const { child } = await startProcess(first.port);
    first.child = child;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.map(({ child }) => end(child)));
  }

  async #add(port: number): Promise<void> {
    this.#members.push(await startProcess(port));
  }
}

async function startProcess(port: number): Promise<{ child: ChildProcess; port: number }> {
  const child = fork(PROGRAM, [String(port)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    const [ready] = (await Promise.race([
      once(child, 'message'),
      once(child, 'exit').then(() => Promise.reject(new Error('the echo service ended before it was ready'))),
    ])) as [number];
    child.channel?.unref();
    return { child, port: ready };
  } catch (error) {
    await end(child);
    throw error;
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
