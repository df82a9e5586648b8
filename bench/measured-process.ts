import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** A process that measures one thing of one contender, round by round: a script that calls `answerRounds`. */
export class MeasuredProcess {
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess) {
    this.#child = child;
  }

  /** Starts it; it has not warmed up yet. */
  static async start(script: URL, flags: readonly string[]): Promise<MeasuredProcess> {
    const started = new MeasuredProcess(
      fork(script, [...flags], { execArgv: ['--import', 'tsx', '--expose-gc'] }),
    );
    await started.#answer();
    return started;
  }

  /** Lets it set up what it measures and warm up. */
  async warmUp(): Promise<void> {
    await this.#ask();
  }

  /** What one round came to, per operation. */
  async round(): Promise<number> {
    return (await this.#ask()) as number;
  }

  async end(): Promise<void> {
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }

  #ask(): Promise<unknown> {
    const answer = this.#answer();
    this.#child.send('next');
    return answer;
  }

  async #answer(): Promise<unknown> {
    const controller = new AbortController();
    const { signal } = controller;
    try {
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

/** One round: measures, and gives what one operation came to. */
export type Round = () => Promise<number>;

/** The other end of a `MeasuredProcess`: prepares when first asked, and measures a round each time after that. */
export function answerRounds(prepare: () => Promise<Round>): void {
  let round: Round | undefined;
  const answer = async () => {
    if (round !== undefined) return round();
    round = await prepare();
    return 'warm';
  };
  process.on('message', async () => process.send?.(await answer()));
  process.on('disconnect', () => process.exit());
  process.send?.('ready');
}
