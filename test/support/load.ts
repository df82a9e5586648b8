import { within } from './wait-for.js';

/** Calls that go on and on. */
export interface Load {
  readonly started: number;
  /** Calls that were answered. */
  readonly results: number;
  /** What the others failed with. */
  readonly errors: readonly unknown[];
  /** Starts no more calls; resolves when those under way have ended. */
  stop(): Promise<void>;
}

/** Keeps so many calls under way, each caller's one after the other, until it is stopped. Nothing is retried. */
export function startLoad(call: () => Promise<unknown>, callers: number): Load {
  const errors: unknown[] = [];
  const load = { started: 0, results: 0, errors, stop };
  let isOn = true;
  const caller = async () => {
    while (isOn) {
      load.started++;
      try {
        await call();
        load.results++;
      } catch (error) {
        errors.push(error);
        await new Promise((resolve) => setTimeout(resolve, 5)); // a caller that fails does not hammer on
      }
    }
  };
  const ended = Promise.all(Array.from({ length: callers }, caller));
  async function stop() {
    isOn = false;
    await within('the load to end', ended);
  }
  return load;
}
