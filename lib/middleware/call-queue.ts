import { type AbortTarget, unwatchAbort, watchAbort } from '../pool/abort-watch.js';
import { now, Timer } from '../pool/clock.js';

/** Terms on which a call joins a {@link CallQueue}. */
export interface WaitTerms {
  /** Leaves the line at once when it aborts. Must not be aborted yet. */
  readonly signal: AbortSignal | undefined;
  /** Longest wait, ms; 0 and Infinity set no timer. */
  readonly timeoutMs: number;
  timeoutError(): Error;
}

/** A call's place in the line. It leaves exactly once: served, refused, out of time or aborted. */
class Place implements AbortTarget {
  ahead: Place | undefined = undefined;
  behind: Place | undefined = undefined;
  readonly signal: AbortSignal | undefined;
  readonly #dueAt: number;
  readonly #timer: Timer | undefined;

  constructor(
    terms: WaitTerms,
    readonly resolve: () => void,
    readonly reject: (error: unknown) => void,
    private readonly giveUp: (place: Place, reason: unknown) => void,
  ) {
    const { timeoutMs } = terms;
    this.signal = terms.signal;
    this.#dueAt = timeoutMs === Infinity ? Infinity : now() + timeoutMs;
    // A caller waits for this deadline, so it keeps the process alive.
    if (timeoutMs > 0) this.#timer = new Timer(() => giveUp(this, terms.timeoutError()), timeoutMs, true);
    watchAbort(this);
  }

  onAbort(reason: unknown): void {
    this.giveUp(this, reason);
  }

  remainingMs(): number {
    return this.#dueAt - now();
  }

  leave(): void {
    this.#timer?.cancel();
    unwatchAbort(this);
  }
}

/** Calls that wait for their turn, first come first served. Joining and leaving, anywhere in the line, is O(1). */
export class CallQueue {
  size = 0;
  #first: Place | undefined = undefined;
  #last: Place | undefined = undefined;

  /** @param onEmpty called whenever the last one has left */
  constructor(private readonly onEmpty: () => void) {}

  /** Takes the last place; resolves when it is served. */
  join(terms: WaitTerms): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (leaving: Place, reason: unknown) => {
        this.#remove(leaving);
        leaving.reject(reason);
      };
      const place = new Place(terms, resolve, reject, giveUp);
      place.ahead = this.#last;
      if (this.#last === undefined) this.#first = place;
      else this.#last.behind = place;
      this.#last = place;
      this.size++;
    });
  }

  /** How long the first in line would still wait, ms; undefined when nobody waits. */
  patienceMs(): number | undefined {
    return this.#first?.remainingMs();
  }

  /** Serves the first in line; false when nobody waits. */
  serveFirst(): boolean {
    const place = this.#first;
    if (place === undefined) return false;
    this.#remove(place);
    place.resolve();
    return true;
  }

  /** Turns the first in line away. */
  refuseFirst(error: unknown): void {
    const place = this.#first;
    if (place === undefined) return;
    this.#remove(place);
    place.reject(error);
  }

  #remove(place: Place): void {
    const { ahead, behind } = place;
    if (ahead === undefined) this.#first = behind;
    else ahead.behind = behind;
    if (behind === undefined) this.#last = ahead;
    else behind.ahead = ahead;
    this.size--;
    place.leave();
    if (this.size === 0) this.onEmpty();
  }
}
