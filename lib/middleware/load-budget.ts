import { checkOptions } from '../pool/check-options.js';
import { now } from '../pool/clock.js';

/** How much extra load retries or hedges may cause. */
export interface LoadBudgetOptions {
  /** Extra attempts per call, over the last 10 seconds: 0.2 = one for every five calls. From 0 to 1000. */
  ratio?: number | undefined;
  /** Extra attempts per second that are always allowed, so that a client with little traffic can retry too. From 0. */
  minPerSecond?: number | undefined;
}

const WINDOW_MS = 10_000;
const SLOTS = 10;
const SLOT_MS = WINDOW_MS / SLOTS;
/** What one extra attempt costs; deposits are whole fractions of it, so that five fifths are exactly one. */
const COST = 1_000_000;

/**
 * A retry budget after Finagle's: each call pays `ratio` in, each extra attempt takes 1 out, both count for ten
 * seconds, and `minPerSecond` over those seconds is there without any call. When a backend is down, the extra
 * load on it stays at `ratio` instead of being multiplied by the number of retries.
 */
export class LoadBudget {
  /** Deposits minus withdrawals of each second of the window. */
  readonly #slots = new Float64Array(SLOTS);
  readonly #deposit: number;
  readonly #reserve: number;
  #balance = 0;
  /** Number of the current second since the clock's origin. */
  #second = Math.floor(now() / SLOT_MS);

  constructor({ ratio, minPerSecond }: { ratio: number; minPerSecond: number }) {
    this.#deposit = Math.round(ratio * COST);
    this.#reserve = Math.floor(minPerSecond * (WINDOW_MS / 1000) * COST);
  }

  /** A call has come. */
  deposit(): void {
    this.#add(this.#deposit);
  }

  /** Pays for one extra attempt; false = the budget is spent, leave it. */
  tryWithdraw(): boolean {
    this.#expire();
    if (this.#reserve + this.#balance < COST) return false;
    this.#add(-COST);
    return true;
  }

  #add(amount: number): void {
    this.#expire();
    this.#slots[this.#second % SLOTS]! += amount;
    this.#balance += amount;
  }

  /** Empties the slots whose second is over. */
  #expire(): void {
    const second = Math.floor(now() / SLOT_MS);
    const passed = Math.min(second - this.#second, SLOTS);
    for (let i = 1; i <= passed; i++) {
      const slot = (this.#second + i) % SLOTS;
      this.#balance -= this.#slots[slot]!;
      this.#slots[slot] = 0;
    }
    this.#second = second;
  }
}

/** What a middleware asks before it makes an extra attempt. */
export type Budget = Pick<LoadBudget, 'deposit' | 'tryWithdraw'>;

const UNLIMITED: Budget = { deposit: () => {}, tryWithdraw: () => true };

/**
 * Builds the budget of a `budget` option; `false` = no limit.
 * @throws InvalidOptionError
 */
export function loadBudget(
  options: LoadBudgetOptions | false | undefined,
  defaults: { ratio: number; minPerSecond: number },
): Budget {
  if (options === false) return UNLIMITED;
  if (options === undefined) return new LoadBudget(defaults);
  checkOptions('budget', options, {
    ratio: {
      allowed: 'a number from 0 to 1000',
      accepts: (v) => typeof v === 'number' && v >= 0 && v <= 1000,
    },
    minPerSecond: {
      allowed: 'a finite number from 0',
      accepts: (v) => Number.isFinite(v) && (v as number) >= 0,
    },
  });
  return new LoadBudget({
    ratio: options.ratio ?? defaults.ratio,
    minPerSecond: options.minPerSecond ?? defaults.minPerSecond,
  });
}
