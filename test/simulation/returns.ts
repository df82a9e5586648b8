import { TransportClosedError } from '../../lib/pool/index.js';
import type { Loan } from './records.js';
import type { Ending } from './steps.js';
import type { World } from './world.js';

/** The ways to give a transport back, proper and improper. */
export class Returns {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  /** Ends a loan of a transport; the second time around it changes nothing. */
  end(loan: Loan, ending: Ending): void {
    const { transport } = loan;
    if (transport === undefined || loan.over) return;
    if (loan.revoked) this.#world.ending(loan, false);
    else if (ending === 'detach' || ending === 'detachThenClose') this.#detach(loan);
    else this.#close(loan, ending);
    this.#refused(loan);
    if (ending === 'closeTwice' || ending === 'brokenThenClose' || ending === 'detachThenClose') {
      this.#promise(loan, transport.close());
    }
    if (ending === 'closeThenDetach') transport.markBroken(new Error('too late to matter'));
  }

  #close(loan: Loan, ending: Ending): void {
    const { connection } = loan;
    const transport = loan.transport!;
    if (transport.client !== connection.client) {
      this.#world.violate('a transport keeps its client', `call ${loan.call.id}`);
    }
    const isBroken = ending === 'broken' || ending === 'brokenThenClose' || ending === 'markBroken';
    this.#world.ending(loan, isBroken);
    if (ending === 'markBroken') transport.markBroken(new Error('found broken by its caller'));
    if (ending === 'put') this.#promise(loan, this.#world.pool.put(transport));
    else if (ending === 'dispose') this.#promise(loan, Promise.resolve(transport[Symbol.asyncDispose]()));
    else if (ending === 'broken' || ending === 'brokenThenClose') this.#promise(loan, transport.close(true));
    else this.#promise(loan, transport.close());
  }

  #detach(loan: Loan): void {
    const { connection } = loan;
    this.#world.ending(loan, false);
    connection.detached = true;
    this.#world.counts.detached++;
    this.#world.left(connection);
    if (loan.transport!.detach() !== connection.client) {
      this.#world.violate('a transport keeps its client', `call ${loan.call.id}, detached`);
    }
  }

  /** A transport given back, detached or taken away is of no use any more. */
  #refused(loan: Loan): void {
    const transport = loan.transport!;
    for (const use of [() => transport.client, () => transport.detach()]) {
      try {
        use();
        this.#world.violate('a transport given back is closed', `call ${loan.call.id} still uses it`);
      } catch (error) {
        if (error instanceof TransportClosedError) continue;
        this.#world.violate('a transport given back is closed', `call ${loan.call.id}: ${String(error)}`);
      }
    }
  }

  #promise(loan: Loan, returned: Promise<void>): void {
    this.#world.promise(`the return of call ${loan.call.id}`, returned);
  }
}
