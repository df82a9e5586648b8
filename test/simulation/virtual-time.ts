import FakeTimers from '@sinonjs/fake-timers';

const nextTurn = globalThis.setImmediate;

/** More timers than this within one stretch of simulated time is a busy loop. */
const MAX_TIMERS_PER_ADVANCE = 20_000;

type Handle = NodeJS.Timeout | NodeJS.Immediate;
type Callback = (...args: unknown[]) => void;

/**
 * Everything a run must not take from the machine: time, chance, and what nobody catches. Timers fire one by
 * one with the microtasks in between done, as in Node; nothing else moves the clock.
 */
export class VirtualTime {
  readonly #clock: ReturnType<typeof FakeTimers.install>;
  readonly #random: () => number;
  readonly #systemRandom = Math.random;
  /** Timers of the code under test that have not fired. */
  readonly #foreign = new Set<Handle>();
  #own = 0;
  /** While the machine stalls: the timers that came due meanwhile. */
  #late: (() => void)[] | undefined;
  /** What was thrown or rejected and caught by nobody. */
  readonly uncaught = new Set<unknown>();
  readonly #onUncaught = (error: unknown) => void this.uncaught.add(error);
  /** Warnings of the process, by their message. */
  readonly warnings = new Set<string>();
  readonly #onWarning = (warning: Error) => void this.warnings.add(warning.message);
  readonly #takenOver = [
    { event: 'unhandledRejection', listener: this.#onUncaught },
    { event: 'warning', listener: this.#onWarning },
  ].map(({ event, listener }) => ({ event, listener, others: process.rawListeners(event) }));

  private constructor(seed: number) {
    this.#clock = FakeTimers.install({
      now: 0,
      toFake: [
        'setTimeout',
        'clearTimeout',
        'setInterval',
        'clearInterval',
        'setImmediate',
        'clearImmediate',
        'Date',
        'performance',
        'hrtime',
      ],
    });
    this.#random = seededRandom(seed);
  }

  /** Puts simulated time and chance in the place of the real ones until {@link VirtualTime.end}. */
  static begin(seed: number): VirtualTime {
    const time = new VirtualTime(seed);
    time.#watchTimers();
    Math.random = time.#random;
    time.#catchUncaught();
    return time;
  }

  end(): void {
    process.setUncaughtExceptionCaptureCallback(null);
    for (const { event, listener, others } of this.#takenOver) {
      process.off(event, listener);
      for (const other of others) process.on(event, other as () => void);
    }
    Math.random = this.#systemRandom;
    this.#clock.uninstall();
  }

  /** Simulated ms since the run began. */
  get now(): number {
    return this.#clock.now;
  }

  /** Timers the code under test has set and that have neither fired nor been cleared. */
  get foreignTimers(): number {
    return this.#foreign.size;
  }

  /** Those among them that would keep a process alive. */
  get foreignTimersHeld(): number {
    let held = 0;
    for (const timer of this.#foreign) if (timer.hasRef()) held++;
    return held;
  }

  /** Timers of the simulation itself. */
  get ownTimers(): number {
    return this.#own;
  }

  /** Runs something after `ms` without counting it among the timers of the code under test. */
  after(ms: number, run: () => void): void {
    this.#own++;
    const fire = () => {
      this.#own--;
      run();
    };
    this.#clock.setTimeout(() => this.#fire(fire), ms);
  }

  /** Lets everything happen that needs no time. */
  settle(): Promise<void> {
    return new Promise((resolve) => {
      nextTurn(() => resolve());
    });
  }

  /** Moves on by `ms`, timer by timer, settling and calling `afterEach` after each. */
  async advance(ms: number, afterEach: () => void): Promise<void> {
    let arrived = false;
    this.#clock.setTimeout(() => {
      arrived = true;
    }, ms);
    for (let fired = 0; !arrived; fired++) {
      if (fired > MAX_TIMERS_PER_ADVANCE) {
        throw new Error(`a busy loop: ${fired} timers fired within ${ms} ms`);
      }
      this.#clock.next();
      await this.settle();
      afterEach();
    }
  }

  /** The machine sleeps for `ms`: timers that came due meanwhile fire at its end, late, one after the other. */
  async stall(ms: number, afterEach: () => void): Promise<void> {
    const late: (() => void)[] = [];
    this.#late = late;
    this.#clock.jump(ms);
    this.#late = undefined;
    for (const fire of late) {
      fire();
      await this.settle();
      afterEach();
    }
  }

  #fire(fire: () => void): void {
    if (this.#late === undefined) fire();
    else this.#late.push(fire);
  }

  /** Which of the two ways an unhandled rejection takes depends on a flag of Node's, so both lead here. */
  #catchUncaught(): void {
    for (const { event, listener, others } of this.#takenOver) {
      for (const other of others) process.off(event, other as () => void);
      process.on(event, listener);
    }
    process.setUncaughtExceptionCaptureCallback(this.#onUncaught);
  }

  #watchTimers(): void {
    const clock = this.#clock;
    const live = this.#foreign;
    const watched =
      (set: (run: Callback, ms: number) => unknown, repeats: boolean) =>
      (run: Callback, ms = 0, ...args: unknown[]) => {
        const fire = () => {
          // One that is late may have been cleared by another that was late.
          if (!live.has(handle)) return;
          if (!repeats) live.delete(handle);
          run(...args);
        };
        const handle = set(() => this.#fire(fire), ms) as Handle;
        live.add(handle);
        return handle;
      };
    const forget = (clear: (handle: never) => void) => (handle: Handle | undefined) => {
      if (handle === undefined) return;
      live.delete(handle);
      clear(handle as never);
    };
    const setSoon = (run: Callback) => clock.setImmediate(run);
    Object.assign(globalThis, {
      setTimeout: watched((run, ms) => clock.setTimeout(run, ms), false),
      setInterval: watched((run, ms) => clock.setInterval(run, ms), true),
      setImmediate: (run: Callback, ...args: unknown[]) => watched(setSoon, false)(run, 0, ...args),
      clearTimeout: forget(clock.clearTimeout),
      clearInterval: forget(clock.clearInterval),
      clearImmediate: forget(clock.clearImmediate),
    });
  }
}

/** Mulberry32, a small generator of 32 bits of state by Tommy Ettinger. Gives numbers from 0 up to 1. */
function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
}
