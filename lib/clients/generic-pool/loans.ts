import type { Transport } from '../../pool/transport.js';
import type { Slot } from './slot.js';

/** A resource in a caller's hands. */
export interface Loan<T> {
  readonly transport: Transport<Slot<T>>;
  readonly slot: Slot<T>;
  /** An older loan of an equal resource, where the factory gives the same value twice. */
  older: Loan<T> | undefined;
}

/** Who holds what: the way from a resource back to the transport it came with. */
export class Loans<T> {
  readonly #newest = new Map<T, Loan<T>>();
  size = 0;

  has(resource: T): boolean {
    return this.#newest.has(resource);
  }

  add(transport: Transport<Slot<T>>): Loan<T> {
    const slot = transport.client;
    const { obj } = slot.pooled;
    const loan = { transport, slot, older: this.#newest.get(obj) };
    this.#newest.set(obj, loan);
    this.size++;
    return loan;
  }

  /** Ends the newest loan of `resource`; undefined when there is none. */
  take(resource: T): Loan<T> | undefined {
    const loan = this.#newest.get(resource);
    if (loan !== undefined) this.end(loan);
    return loan;
  }

  /** Ends this very loan; false when it has ended already. */
  end(loan: Loan<T>): boolean {
    const { obj } = loan.slot.pooled;
    let newer = this.#newest.get(obj);
    if (newer === loan) {
      if (loan.older === undefined) this.#newest.delete(obj);
      else this.#newest.set(obj, loan.older);
    } else {
      while (newer !== undefined && newer.older !== loan) newer = newer.older;
      if (newer === undefined) return false;
      newer.older = loan.older;
    }
    this.size--;
    return true;
  }
}
