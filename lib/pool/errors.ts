import type { SourceStats } from './source-stats.js';

/**
 * Base class of every error this package creates. Catch it to tell the pool's own refusals from the errors
 * of your service; read {@link ConnPoolError.code} to tell them apart without `instanceof`.
 */
export class ConnPoolError extends Error {
  /** Stable, machine-readable name of the failure, such as `ERR_WAIT_TIMEOUT`. */
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
    this.name = new.target.name;
  }
}

/** The pool (or cluster) is closed or closing: `ERR_POOL_CLOSED`. */
export class PoolClosedError extends ConnPoolError {
  constructor(poolName: string, options?: ErrorOptions) {
    super('ERR_POOL_CLOSED', `pool '${poolName}' is closed`, options);
  }
}

/** `wait: false` and every connection, overflow included, is taken: `ERR_POOL_EXHAUSTED`. */
export class PoolExhaustedError extends ConnPoolError {
  /** The pool's figures at the moment of the refusal. */
  readonly stats: SourceStats;

  constructor(stats: SourceStats, limit: number) {
    super(
      'ERR_POOL_EXHAUSTED',
      `pool '${stats.name}' is exhausted: all ${limit} connections are taken (${describeStats(stats)})`,
    );
    this.stats = stats;
  }
}

/** What a `get` was waiting for when its time ran out. */
export type WaitPhase = 'queue' | 'dial' | 'check' | 'paused';

/**
 * A `get` took longer than `waitTimeoutMs` (or its own `timeoutMs`): `ERR_WAIT_TIMEOUT`.
 * The message holds the pool's limits and figures; `cause` is the last dial error, when there was one.
 */
export class WaitTimeoutError extends ConnPoolError {
  /** What the call was waiting for. */
  readonly phase: WaitPhase;
  /** The pool's figures when the time ran out. */
  readonly stats: SourceStats;

  constructor(stats: SourceStats, timeoutMs: number, phase: WaitPhase, lastDialError: unknown) {
    super(
      'ERR_WAIT_TIMEOUT',
      `pool '${stats.name}': no connection within ${describeMs(timeoutMs)}, ${PHASES[phase]} (${describeStats(stats)}; ` +
        `last dial error: ${lastDialError === undefined ? 'none' : describeError(lastDialError)})`,
      lastDialError === undefined ? undefined : { cause: lastDialError },
    );
    this.phase = phase;
    this.stats = stats;
  }
}

const PHASES: Record<WaitPhase, string> = {
  queue: 'waiting in the queue',
  dial: 'waiting for a dial',
  check: 'waiting for a heartbeat',
  paused: 'the pool is paused',
};

/** `maxWaiting` calls wait already: `ERR_WAIT_QUEUE_FULL`. */
export class WaitQueueFullError extends ConnPoolError {
  /** The pool's figures at the moment of the refusal. */
  readonly stats: SourceStats;

  constructor(stats: SourceStats, maxWaiting: number) {
    super(
      'ERR_WAIT_QUEUE_FULL',
      `pool '${stats.name}': the queue is full, maxWaiting is ${maxWaiting} (${describeStats(stats)})`,
    );
    this.stats = stats;
  }
}

/** Every attempt to dial failed: `ERR_DIAL`. `cause` is what the last attempt failed with. */
export class DialError extends ConnPoolError {
  /** How many attempts were made. */
  readonly attempts: number;

  constructor(poolName: string, attempts: number, cause: unknown) {
    super(
      'ERR_DIAL',
      `pool '${poolName}': dial failed after ${attempts} attempt${attempts === 1 ? '' : 's'}: ${describeError(cause)}`,
      { cause },
    );
    this.attempts = attempts;
  }
}

/** One dial attempt, the first heartbeat included, took longer than `dialTimeoutMs`: `ERR_DIAL_TIMEOUT`. */
export class DialTimeoutError extends ConnPoolError {
  constructor(poolName: string, dialTimeoutMs: number, phase: 'dial' | 'heartbeat') {
    super(
      'ERR_DIAL_TIMEOUT',
      `pool '${poolName}': ${phase === 'dial' ? 'dial' : 'first heartbeat'} took longer than ${describeMs(dialTimeoutMs)}`,
    );
  }
}

/** A heartbeat threw, returned `false` or took longer than `heartbeatTimeoutMs`: `ERR_HEARTBEAT`. */
export class HeartbeatError extends ConnPoolError {
  constructor(poolName: string, why: string, options?: ErrorOptions) {
    super('ERR_HEARTBEAT', `pool '${poolName}': heartbeat ${why}`, options);
  }
}

/** The transport was given back, detached or taken away by a closing pool: `ERR_TRANSPORT_CLOSED`. */
export class TransportClosedError extends ConnPoolError {
  constructor(poolName: string) {
    super(
      'ERR_TRANSPORT_CLOSED',
      `pool '${poolName}': this transport was given back, or taken back by a close() with a deadline: its client is no longer yours`,
    );
  }
}

/** An option is unknown or its value is not allowed: `ERR_INVALID_OPTION`. */
export class InvalidOptionError extends ConnPoolError {
  /** The option's name. */
  readonly option: string;
  /** The value that was refused. */
  readonly value: unknown;

  constructor(option: string, value: unknown, allowed: string) {
    super('ERR_INVALID_OPTION', `option '${option}' must be ${allowed}, got ${describeValue(value)}`);
    this.option = option;
    this.value = value;
  }
}

/** Says what a thrown value was, whatever it was. */
export function describeError(error: unknown): string {
  return error instanceof Error ? error.message || error.name : describeValue(error);
}

/** Says a length of time in whole ms, at least one: what is left of a limit is a fraction as a rule. */
export function describeMs(ms: number): string {
  return `${Math.max(1, Math.round(ms))} ms`;
}

function describeStats(s: SourceStats): string {
  return (
    `maxActive ${s.maxActive}, maxIdle ${s.maxIdle}, open ${s.open}, idle ${s.idle}, in use ${s.inUse}, ` +
    `checking ${s.checking}, dialing ${s.dialing}, waiting ${s.waiting}`
  );
}

/** Says what a value is, in a message about it. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'string':
      return `'${value}' (string)`;
    case 'number':
      return `${value} (number)`;
    case 'bigint':
      return `${value}n (bigint)`;
    case 'boolean':
      return `${value} (boolean)`;
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'undefined':
      return 'undefined';
    default:
      return value === null ? 'null' : Array.isArray(value) ? 'an array' : 'an object';
  }
}
