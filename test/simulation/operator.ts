import { DialError, InvalidOptionError, PoolClosedError, type PoolLimits } from '../../lib/pool/index.js';
import { contradictory } from './effective-limits.js';
import type { World } from './world.js';

/** Whoever runs the pool: changes its limits, pauses it, closes it. */
export class Operator {
  readonly #world: World;
  #given: PoolLimits;
  #closing: Promise<void> | undefined;

  constructor(world: World, given: PoolLimits) {
    this.#world = world;
    this.#given = given;
  }

  /** Changes limits; those that contradict each other must be refused as a whole. */
  configure(limits: PoolLimits): void {
    const world = this.#world;
    const given = { ...this.#given, ...limits };
    const refusal = contradictory(given);
    const before = JSON.stringify(world.stats);
    // What the change sets off is judged by the new limits.
    if (!refusal) {
      this.#given = given;
      world.reconfigured(given);
    }
    try {
      world.pool.configure(limits);
      if (refusal) world.violate('contradictions are refused', JSON.stringify(limits));
    } catch (error) {
      if (!refusal || !(error instanceof InvalidOptionError)) throw error;
      if (before !== JSON.stringify(world.stats)) world.violate('a refusal changes nothing', String(error));
    }
  }

  warmUp(count: number | undefined): void {
    const world = this.#world;
    world.counts.warmedUp += count ?? world.limits.minIdle;
    const mayFail = (error: unknown) => error instanceof DialError || error instanceof PoolClosedError;
    world.promise('a warm-up', world.pool.warmUp(count), mayFail);
  }

  invalidate(): void {
    this.#world.invalidated();
    this.#world.pool.invalidate();
  }

  pause(): void {
    const world = this.#world;
    if (world.closedBy === undefined) world.pausedSince ??= world.turn;
    world.pool.pause();
  }

  resume(): void {
    this.#world.pausedSince = undefined;
    this.#world.pool.resume();
  }

  close(timeoutMs: number | undefined): void {
    const world = this.#world;
    world.closedBy ??= { turn: world.turn };
    // A later call may give less time, never more.
    world.revokesAt = Math.min(world.revokesAt, world.time.now + (timeoutMs ?? Infinity));
    const closed = world.pool.close(timeoutMs === undefined ? {} : { timeoutMs });
    if (this.#closing !== undefined) {
      if (closed !== this.#closing) world.violate('close is idempotent', 'it gave another promise');
      return;
    }
    this.#closing = closed;
    world.promise('the close of the pool', closed);
    closed.then(
      () => this.#closed(),
      () => {},
    );
  }

  #closed(): void {
    const world = this.#world;
    world.closed = true;
    const { open, dialing, waiting } = world.stats;
    if (open + dialing + waiting > 0) world.violate('a closed pool is empty', JSON.stringify(world.stats));
    // What dials given up still give is closed when it comes, and may come later than this.
    const { now } = world.time;
    const left = [...world.live, ...world.closing].filter(({ attempt, closingUntil }) => {
      return !attempt.ctx.signal.aborted && (closingUntil === undefined || closingUntil > now);
    });
    if (left.length > 0) world.violate('a closed pool is empty', `${left.length} are not closed`);
  }
}
