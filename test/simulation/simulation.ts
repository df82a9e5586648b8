import { ConnPool } from '../../lib/pool/index.js';
import { Callers } from './callers.js';
import { listen } from './events.js';
import { Endpoint } from './hooks.js';
import { checkInstant, checkSettled } from './invariants.js';
import { Operator } from './operator.js';
import type { Client } from './records.js';
import { Signals } from './signals.js';
import type { Action, Reaction, Settings, Step } from './steps.js';
import type { VirtualTime } from './virtual-time.js';
import { World } from './world.js';

/** What callers may do from within callbacks in one step. Without a limit each dial could ask for the next. */
const MAX_REACTIONS_PER_STEP = 6;

/** What needs no time. */
type Act = Exclude<Action, { op: 'advance' | 'stall' }>;

/** One pool, its endpoint and its callers, on simulated time. */
export class Simulation {
  readonly world: World;
  readonly time: VirtualTime;
  readonly callers: Callers;
  readonly operator: Operator;
  readonly endpoint: Endpoint;
  /** Set when nobody reacts any more to what happens. */
  calm = false;
  readonly #signals: Signals;
  readonly #settings: Settings;
  readonly #check = () => this.check();
  #reactions = 0;
  #reacting = false;

  constructor(settings: Settings, time: VirtualTime, narrate: ((line: string) => void) | undefined) {
    this.#settings = settings;
    this.time = time;
    this.world = new World(time, settings.limits, settings.heartbeat, narrate);
    this.#signals = new Signals(this.world);
    this.callers = new Callers(this.world, this.#signals, settings.isBroken);
    this.operator = new Operator(this.world, settings.limits);
    this.endpoint = new Endpoint(
      this.world,
      (reaction) => this.#react(reaction),
      () => checkInstant(this.world),
    );
    this.endpoint.weather = settings.weather;
    this.world.pool = new ConnPool<Client>({
      ...settings.limits,
      ...this.endpoint.hooks(),
      name: 'simulated',
      isBroken: this.#isBroken(),
    });
    listen(this.world, () => this.#heard());
  }

  /** Runs one step and what it sets off, then checks what must hold. */
  async step({ action, gap }: Step): Promise<void> {
    this.#reactions = 0;
    this.world.narrate(() => `--- ${JSON.stringify(action)}, then ${gap}`);
    if (action.op === 'advance' || action.op === 'stall') await this.#pass(action);
    else this.#act(action);
    if (gap === 'settle') return this.settle();
    checkInstant(this.world);
    this.#fail();
    if (gap === 'microtasks') await microtasks(1 + (this.world.turn % 4));
  }

  /** Lets everything happen that needs no time, then checks. */
  async settle(): Promise<void> {
    await this.time.settle();
    this.check();
  }

  check(): void {
    checkSettled(this.world, this.#signals);
    this.#fail();
  }

  #fail(): void {
    const first = this.world.violations[0];
    if (first !== undefined) throw first;
  }

  /** Time passes; what needs none comes first. */
  async #pass({ op, ms }: Extract<Action, { op: 'advance' | 'stall' }>): Promise<void> {
    await this.settle();
    if (op === 'advance') return this.time.advance(ms, this.#check);
    this.world.stalledUntil = this.time.now + ms + 2;
    await this.time.stall(ms, this.#check);
    // What was late gets a last look in the next turns of the event loop.
    await this.time.advance(3, this.#check);
  }

  #act(action: Act): void {
    const { callers, operator } = this;
    if (action.op === 'get') callers.get(action.get, action.hold);
    else if (action.op === 'burst')
      for (let n = 0; n < action.count; n++) callers.get(action.get, action.hold);
    else if (action.op === 'tryGet') callers.tryGet(action.hold);
    else if (action.op === 'do') callers.do(action.get, action.fn);
    else if (action.op === 'giveBack') callers.giveBack(action.which, action.ending);
    else if (action.op === 'abort') this.#signals.abort(action.slot);
    else if (action.op === 'kill') this.#kill(action.which);
    else if (action.op === 'weather') this.endpoint.weather = action.weather;
    else if (action.op === 'configure') operator.configure(action.limits);
    else if (action.op === 'warmUp') operator.warmUp(action.count);
    else if (action.op === 'close') operator.close(action.timeoutMs);
    else operator[action.op]();
  }

  /** A client reports itself broken, counted from the youngest; some have been closed long ago. */
  #kill(which: number): void {
    const connection = this.world.connections.at(-1 - which);
    if (connection !== undefined) this.world.reportBroken(connection.attempt);
  }

  /** Something done from within a callback. Reactions do not cause reactions. */
  #react(reaction: Reaction): void {
    if (this.calm || this.#reacting || ++this.#reactions > MAX_REACTIONS_PER_STEP) return;
    this.world.narrate(() => `from within: ${JSON.stringify(reaction)}`);
    this.#reacting = true;
    this.world.asking = undefined;
    try {
      this.#act(reaction);
    } finally {
      this.#reacting = false;
    }
    checkInstant(this.world);
  }

  #heard(): void {
    const { listener } = this.#settings;
    if (listener === undefined || this.calm) return;
    if (listener === 'throw') throw new Error('a listener throws');
    this.#react(listener);
  }

  #isBroken(): (() => boolean) | undefined {
    const { isBroken } = this.#settings;
    if (isBroken === undefined) return undefined;
    return () => {
      if (isBroken === 'throws') throw new Error('isBroken throws');
      return isBroken === 'yes';
    };
  }
}

async function microtasks(count: number): Promise<void> {
  for (let n = 0; n < count; n++) await undefined;
}
