import type { CloseContext, ConnPoolOptions } from '../../lib/pool/index.js';
import { answer, SimulatedFailure } from './answers.js';
import type { Attempt, Client, Connection } from './records.js';
import type { Reaction } from './steps.js';
import { FAIR_CLOSE, FAIR_DIAL, FAIR_HEARTBEAT, FAIR_WEATHER, type Weather } from './weather.js';
import type { World } from './world.js';

/** A dial loop that never lets time pass would hang the run: this many dials in one turn end it. */
const MAX_DIALS_PER_TURN = 1_000;

/** The callbacks of a simulated endpoint. They answer as the weather has it and keep the world's books. */
export class Endpoint {
  readonly #world: World;
  readonly #react: (reaction: Reaction) => void;
  /** Called at the beginning of every callback. */
  readonly #look: () => void;
  #weather: Weather = FAIR_WEATHER;
  readonly #next = { dial: 0, heartbeat: 0, close: 0 };
  #spin = { turn: 0, dials: 0 };

  constructor(world: World, react: (reaction: Reaction) => void, look: () => void) {
    this.#world = world;
    this.#react = react;
    this.#look = look;
  }

  set weather(weather: Weather) {
    this.#weather = weather;
    this.#next.dial = this.#next.heartbeat = this.#next.close = 0;
  }

  /** The callbacks a pool is made with. */
  hooks(): Pick<ConnPoolOptions<Client>, 'dial' | 'heartbeat' | 'close'> {
    const hooks: Pick<ConnPoolOptions<Client>, 'dial' | 'heartbeat' | 'close'> = {
      dial: (ctx) => this.#dial(ctx),
      close: (client, ctx) => this.#close(client, ctx),
    };
    if (this.#world.hasHeartbeat) hooks.heartbeat = (client, { signal }) => this.#heartbeat(client, signal);
    return hooks;
  }

  #plan<K extends keyof Weather>(kind: K, fair: Weather[K][number]): Weather[K][number] {
    const plans = this.#weather[kind];
    return plans.length === 0 ? fair : plans[this.#next[kind]++ % plans.length]!;
  }

  #dial(ctx: Attempt['ctx']): Client | PromiseLike<Client> {
    const world = this.#world;
    const plan = this.#plan('dial', FAIR_DIAL) as Weather['dial'][number];
    const attempt = world.dialStarted(ctx);
    world.narrate(() => `dial, attempt ${ctx.attempt}: ${plan.how} after ${plan.afterMs} ms`);
    this.#look();
    if (world.closedBy !== undefined) world.violate('no dial after close', `attempt ${ctx.attempt}`);
    if (ctx.signal.aborted) world.violate('a dial starts with a fresh signal', 'it is aborted');
    if (ctx.attempt > 1 + world.highest.retries)
      world.violate('retries are bounded', `attempt ${ctx.attempt}`);
    if (this.#spinning()) return new Promise(() => {});
    if (plan.meanwhile !== undefined) this.#react(plan.meanwhile);
    if (plan.diesAfterMs === 0) world.reportBroken(attempt);
    else if (plan.diesAfterMs !== undefined) {
      world.time.after(plan.diesAfterMs, () => world.reportBroken(attempt));
    }
    return answer(plan, world.time, {
      value: () => world.dialed(attempt),
      failure: () => {
        world.dialFailed(attempt);
        const failure = new SimulatedFailure('dial');
        if (attempt.asker !== undefined) world.askers.set(failure, attempt.asker);
        return failure;
      },
      signal: plan.heeds ? ctx.signal : undefined,
    });
  }

  #spinning(): boolean {
    const { turn } = this.#world;
    if (this.#spin.turn !== turn) this.#spin = { turn, dials: 0 };
    if (++this.#spin.dials < MAX_DIALS_PER_TURN) return false;
    this.#world.violate('dials never spin', `${this.#spin.dials} dials while no time passed`);
    return true;
  }

  #heartbeat(client: Client, signal: AbortSignal): unknown {
    const world = this.#world;
    const connection = world.connectionOf(client);
    const plan = this.#plan('heartbeat', FAIR_HEARTBEAT) as Weather['heartbeat'][number];
    world.counts.heartbeats++;
    world.narrate(() => `heartbeat of client ${client.id}: ${plan.how} after ${plan.afterMs} ms`);
    this.#look();
    if (connection.gone) world.violate('heartbeats are for the living', `client ${client.id} is gone`);
    if (connection.loan !== undefined) {
      world.violate('nobody shares a client', `heartbeat of client ${client.id}, which is lent`);
    }
    if (connection.beats > 0) world.violate('one heartbeat at a time', `client ${client.id}`);
    connection.beats++;
    if (plan.meanwhile !== undefined) this.#react(plan.meanwhile);
    return answer<unknown>(plan, world.time, {
      value: () => {
        this.#beaten(connection, signal, !plan.negative);
        return !plan.negative;
      },
      failure: () => {
        this.#beaten(connection, signal, false);
        return new SimulatedFailure('heartbeat');
      },
    });
  }

  #beaten(connection: Connection, signal: AbortSignal, alive: boolean): void {
    const world = this.#world;
    connection.beats--;
    world.narrate(() => `client ${connection.client.id} is ${alive ? 'alive' : 'dead'}`);
    if (!alive) connection.beatFailed = true;
    else if (!signal.aborted) {
      connection.proven ??= world.turn;
      connection.provenAt = world.time.now;
      connection.beatenSinceLoan = true;
    }
  }

  #close(client: Client, ctx: CloseContext): unknown {
    const world = this.#world;
    const connection = world.connectionOf(client);
    const plan = this.#plan('close', FAIR_CLOSE) as Weather['close'][number];
    const { reason } = ctx;
    world.narrate(() => `close client ${client.id} (${reason}): ${plan.how} after ${plan.afterMs} ms`);
    if (connection.closedFor !== undefined)
      world.violate('closed exactly once', `client ${client.id}, again`);
    if (connection.detached) world.violate('detached means detached', `client ${client.id} is closed`);
    if (!connection.gone)
      world.violate('closing is announced', `client ${client.id} is closed without an event`);
    connection.closedFor = reason;
    world.counts.closed[reason] = (world.counts.closed[reason] ?? 0) + 1;
    world.closing.add(connection);
    this.#look();
    if (plan.meanwhile !== undefined) this.#react(plan.meanwhile);
    const closed = () => {
      world.closing.delete(connection);
    };
    return answer<void>(plan, world.time, {
      value: closed,
      failure: () => {
        closed();
        return new SimulatedFailure('close');
      },
    });
  }
}
