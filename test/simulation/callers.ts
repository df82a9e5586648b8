import type { GetOptions, Transport } from '../../lib/pool/index.js';
import { answer, SimulatedFailure } from './answers.js';
import { checkHandOut } from './hand-out.js';
import type { Call, Client, Loan } from './records.js';
import { checkRejection } from './rejections.js';
import { Returns } from './returns.js';
import type { Signals } from './signals.js';
import type { GetSpec, HoldSpec, Settings } from './steps.js';
import type { Answer } from './weather.js';
import type { World } from './world.js';

/** Those who borrow: what they ask for, and what they do with what they get. */
export class Callers {
  readonly returns: Returns;
  readonly #world: World;
  readonly #signals: Signals;
  readonly #isBroken: Settings['isBroken'];
  #calls = 0;
  /** The call whose `get` is on the stack. */
  #entering: Call | undefined;
  /** Ends the functions inside of `do` that would run for ever. */
  readonly #stuck = new Set<() => void>();
  /** From now on nobody holds anything for ever. */
  #leaving = false;

  constructor(world: World, signals: Signals, isBroken: Settings['isBroken']) {
    this.#world = world;
    this.#signals = signals;
    this.#isBroken = isBroken;
    this.returns = new Returns(world);
  }

  get(spec: GetSpec, hold: HoldSpec): void {
    const { call, options } = this.#begin('get', spec);
    this.#enter(call, () => this.#world.pool.get(options)).then(
      (transport) => {
        this.#signals.release(call.signal);
        this.#settled(call, 'served');
        this.#hold(call, transport, hold);
      },
      (error) => {
        this.#signals.release(call.signal);
        this.#rejected(call, error);
      },
    );
  }

  tryGet(hold: HoldSpec): void {
    const world = this.#world;
    const transport = world.pool.tryGet();
    if (transport === undefined) return;
    const { call } = this.#begin('tryGet', {});
    this.#settled(call, 'served');
    this.#hold(call, transport, hold);
  }

  do(spec: GetSpec, plan: Answer): void {
    const world = this.#world;
    const { call, options } = this.#begin('do', spec);
    let loan: Loan | undefined;
    let ended: { readonly value: unknown } | { readonly error: unknown } | undefined;
    const run = (client: Client) => {
      this.#settled(call, 'served');
      loan = this.#lend(call, undefined, client);
      return this.#run(plan, loan, (end) => {
        ended = end;
      });
    };
    this.#enter(call, () => world.pool.do(run, options)).then(
      (value) => {
        this.#signals.release(call.signal);
        if (loan === undefined || ended === undefined || !('value' in ended) || ended.value !== value) {
          world.violate('do gives what its function gives', `call ${call.id} resolved`);
        }
      },
      (error) => {
        this.#signals.release(call.signal);
        if (loan === undefined) return this.#rejected(call, error);
        this.#failed(call, loan, error, ended);
      },
    );
  }

  /** Ends the `which`-th loan of a transport, counted round and round. */
  giveBack(which: number, ending: HoldSpec['ending']): void {
    const held = [...this.#world.loans].filter((loan) => loan.transport !== undefined);
    const loan = held[which % held.length];
    if (loan !== undefined) this.returns.end(loan, ending);
  }

  /** Everybody gives back what they have, and whoever is served from now on does so at once. */
  leave(): void {
    this.#leaving = true;
    for (const loan of [...this.#world.loans]) {
      if (loan.transport !== undefined) this.returns.end(loan, 'close');
    }
    for (const end of [...this.#stuck]) end();
  }

  #begin(kind: Call['kind'], spec: GetSpec): { call: Call; options: GetOptions } {
    const world = this.#world;
    const signal = this.#signals.of(spec.signal);
    const timeoutMs = spec.timeoutMs ?? world.limits.waitTimeoutMs;
    const call: Call = {
      id: ++this.#calls,
      kind,
      priority: spec.priority ?? 0,
      turn: world.turn,
      calledAt: world.time.now,
      deadline: timeoutMs === 0 ? Infinity : world.time.now + timeoutMs,
      signal,
      within: this.#entering,
      state: 'pending',
    };
    world.counts.gets++;
    this.#signals.use(signal);
    world.pending.add(call);
    world.narrate(() => `call ${call.id}: ${kind} ${JSON.stringify(spec)}`);
    return { call, options: { signal, timeoutMs: spec.timeoutMs, priority: spec.priority } };
  }

  #enter<T>(call: Call, get: () => T): T {
    const outer = this.#entering;
    this.#entering = call;
    this.#world.asking = outer === undefined ? call : undefined;
    try {
      return get();
    } finally {
      this.#entering = outer;
      this.#world.asking = undefined;
    }
  }

  #settled(call: Call, state: 'served' | 'rejected'): void {
    const world = this.#world;
    if (call.state !== 'pending')
      world.violate('every call settles once', `call ${call.id} is ${call.state}`);
    call.state = state;
    world.pending.delete(call);
    if (state === 'served') world.servedThisTurn.push(call);
  }

  #rejected(call: Call, error: unknown): void {
    this.#world.narrate(() => `call ${call.id} rejects: ${String(error)}`);
    this.#settled(call, 'rejected');
    checkRejection(this.#world, call, error);
  }

  #lend(call: Call, transport: Transport<Client> | undefined, client: Client): Loan {
    const world = this.#world;
    const connection = world.connectionOf(client);
    checkHandOut(world, call, connection);
    const loan: Loan = { connection, call, transport, since: world.time.now, over: false, revoked: false };
    world.lent(loan);
    return loan;
  }

  #hold(call: Call, transport: Transport<Client>, { ms, ending }: HoldSpec): void {
    let client: Client;
    try {
      client = transport.client;
    } catch (error) {
      // Between the moment a call is served and the moment its caller hears of it the pool may close by force.
      if (!this.#world.mayRevoke) {
        this.#world.violate('a transport has a client', `call ${call.id}: ${String(error)}`);
      }
      return;
    }
    const loan = this.#lend(call, transport, client);
    if (ms === 0 || this.#leaving) this.returns.end(loan, ending);
    else if (ms !== undefined) this.#world.time.after(ms, () => this.returns.end(loan, ending));
  }

  #run(plan: Answer, loan: Loan, end: (how: { value: unknown } | { error: unknown }) => void): unknown {
    const value = { of: loan.call.id };
    const outcome = {
      value: () => {
        this.#world.ending(loan, false);
        end({ value });
        return value;
      },
      failure: () => {
        const error = new SimulatedFailure(`the call ${loan.call.id}`);
        this.#world.ending(loan, this.#breaks(loan));
        end({ error });
        return error;
      },
    };
    if (plan.how !== 'never') return answer<unknown>(plan, this.#world.time, outcome);
    return new Promise((resolve) => {
      const finish = () => {
        this.#stuck.delete(finish);
        if (!loan.over) resolve(outcome.value());
      };
      if (this.#leaving) finish();
      else this.#stuck.add(finish);
    });
  }

  /** Whether a function that fails breaks its connection. */
  #breaks(loan: Loan): boolean {
    if (this.#isBroken === 'throws') loan.connection.doubtful = true;
    return this.#isBroken === undefined || this.#isBroken === 'yes';
  }

  /** `do` rejected after its function had begun. */
  #failed(call: Call, loan: Loan, error: unknown, ended: object | undefined): void {
    const world = this.#world;
    world.narrate(() => `call ${call.id} rejects while or after it runs: ${String(error)}`);
    if (call.signal?.aborted === true && error === call.signal.reason) {
      // Its answer is still outstanding: the connection is of no use any more.
      if (!loan.over) world.ending(loan, true);
      return;
    }
    const own = ended !== undefined && 'error' in ended && ended.error === error;
    if (!own && this.#isBroken !== 'throws') {
      world.violate('do fails with what its function fails with', `call ${call.id}: ${String(error)}`);
    }
  }
}
