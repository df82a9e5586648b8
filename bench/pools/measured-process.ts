import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { Sample } from './sample.js';

const script = fileURLToPath(new URL('./worker.ts', import.meta.url));

/** A process that measures one thing, round by round. */
export class MeasuredProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts it, and resolves when it has warmed up. */
  static async start(flags: readonly string[]): Promise<MeasuredProcess> {
    const child = fork(script, [...flags], { execArgv: ['--import', 'tsx', '--expose-gc'] });
    const started = new MeasuredProcess(child);
    await started.#next();
    return started;
  }

  async round(): Promise<Sample[]> {
    const answer = this.#next();
    this.#child.send('round');
    return [(await answer) as Sample | Sample[]].flat();
  }

  async end(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  async #next(): Promise<unknown> {
    const controller = new AbortController();
    try {
      const { signal } = controller;
      const gone = once(this.#child, 'exit', { signal }).then(([code]) => {
        throw new Error(`a measuring process ended with ${code}`);
      });
      const [answer] = await Promise.race([once(this.#child, 'message', { signal }), gone]);
      return answer;
    } finally {
      controller.abort();
    }
  }
}
