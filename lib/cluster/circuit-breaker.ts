import { turnTime } from '../pool/clock.js';
import type { Outcome } from './outcome.js';

/** Options of the breaker that every node has. */
export interface BreakerOptions {
  /** Failures in a row that open it. An integer from 1. @default 3 */
  maxFails?: number | undefined;
  /** How long it stays open before one call is let through on trial, in ms. From 0. @default 5000 */
  cooldownMs?: number | undefined;
}

/** {@link BreakerOptions} with every default filled in. */
export type ResolvedBreaker = Readonly<Required<{ [K in keyof BreakerOptions]: number }>>;

/** `closed`: calls pass. `open`: none do. `half-open`: one call is under way on trial. */
export type BreakerState = 'closed' | 'open' | 'half-open';

type State =
  | { readonly kind: 'closed'; fails: number }
  | { readonly kind: 'open'; readonly retryAt: number }
  | { readonly kind: 'half-open'; readonly retryAt: number };

/** What {@link CircuitBreaker.enter} gives and {@link CircuitBreaker.leave} takes. */
export type Ticket = number;

/** A timer may fire this much early by the monotonic clock; who slept for the cooldown has waited long enough. */
const EARLY_MS = 0.99;

/** The ticket of a call that passes although the breaker is not closed; its outcome decides nothing. */
const BYPASS: Ticket = -1;

/**
 * Keeps calls away from a node that fails. Failures in a row open it, after a cooldown one trial is let through,
 * its success closes the breaker and its failure opens it again; a trial that says nothing makes room for another.
 *
 * Every state has a number of its own and a call's ticket is the number of the state it entered in: what comes
 * back late, from before the last change, decides nothing.
 *
 * Time is monotonic. Nothing here sets a timer, and a call through a closed breaker reads no clock: ten thousand
 * of them cost what ten do.
 */
export class CircuitBreaker {
  readonly #maxFails: number;
  readonly #cooldownMs: number;
  readonly #onChange: (state: BreakerState) => void;
  #state: State = { kind: 'closed', fails: 0 };
  #epoch: Ticket = 0;

  constructor(options: ResolvedBreaker, onChange: (state: BreakerState) => void) {
    this.#maxFails = options.maxFails;
    this.#cooldownMs = options.cooldownMs;
    this.#onChange = onChange;
  }

  get state(): BreakerState {
    return this.#state.kind;
  }

  /** Whether a call may be sent now. */
  get admits(): boolean {
    const state = this.#state;
    return state.kind === 'closed' || (state.kind === 'open' && turnTime() + EARLY_MS >= state.retryAt);
  }

  /** Lets a call in, on trial when the cooldown is over. Whoever enters in spite of `admits` passes by the breaker. */
  enter(): Ticket {
    const state = this.#state;
    if (state.kind === 'closed') return this.#epoch;
    if (!this.admits) return BYPASS;
    this.#become({ kind: 'half-open', retryAt: state.retryAt });
    return this.#epoch;
  }

  /** Whether a call that entered may still be sent: nothing has changed since, or it is the one on trial. */
  holds(ticket: Ticket): boolean {
    return ticket === this.#epoch;
  }

  /** A call ended; each one that entered says so once. */
  leave(ticket: Ticket, outcome: Outcome): void {
    if (ticket !== this.#epoch) return;
    const state = this.#state;
    if (state.kind === 'closed') {
      if (outcome === 'success') state.fails = 0;
      else if (outcome === 'failure' && ++state.fails >= this.#maxFails) this.#open();
    } else if (state.kind === 'half-open') {
      if (outcome === 'success') this.#become({ kind: 'closed', fails: 0 });
      else if (outcome === 'failure') this.#open();
      else this.#freeTrial(state.retryAt);
    }
  }

  /** The trial said nothing: the breaker is as open as before, and the next call may try. */
  #freeTrial(retryAt: number): void {
    this.#state = { kind: 'open', retryAt };
    this.#epoch++;
  }

  #open(): void {
    this.#become({ kind: 'open', retryAt: turnTime() + this.#cooldownMs });
  }

  #become(state: State): void {
    this.#state = state;
    this.#epoch++;
    this.#onChange(state.kind);
  }
}
