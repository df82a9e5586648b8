import {
  checkOptions,
  countRule,
  delayRule,
  flagRule,
  functionRule,
  integerRule,
  limitRule,
  type OptionRule,
  required,
  textRule,
  unknownOption,
} from './check-options.js';
import { InvalidOptionError } from './errors.js';

/** What a dial callback is given. */
export interface DialContext<TMeta = undefined> {
  /** The pool's `meta` option. */
  readonly meta: TMeta;
  /** Aborts when the attempt runs into `dialTimeoutMs` or the pool closes: give the connection up. */
  readonly signal: AbortSignal;
  /** 1 for the first attempt, 2 for the first retry, and so on. */
  readonly attempt: number;
  /**
   * Tells the pool that this connection died, at any time of its life. An idle one leaves the pool at once; a
   * borrowed one is destroyed when it is given back.
   */
  markBroken(error?: unknown): void;
}

/** What a heartbeat callback is given. */
export interface HookContext<TMeta = undefined> {
  /** The pool's `meta` option. */
  readonly meta: TMeta;
  /** Aborts when the heartbeat's time is up or the connection is closed meanwhile. */
  readonly signal: AbortSignal;
}

/**
 * Why a connection was closed: `broken` (reported broken, or dialed too late), `heartbeat` (failed one), `idle`
 * (`idleTimeoutMs`), `lifetime` (`maxLifetimeMs`), `uses` (`maxUses`), `excess` (over `maxIdle` or
 * `maxActive`), `invalidated` (`invalidate()`), `shutdown` (`close()`).
 */
export type CloseReason =
  | 'broken'
  | 'heartbeat'
  | 'idle'
  | 'lifetime'
  | 'uses'
  | 'excess'
  | 'invalidated'
  | 'shutdown';

/** What a close callback is given. */
export interface CloseContext<TMeta = undefined> {
  /** The pool's `meta` option. */
  readonly meta: TMeta;
  /** Why the connection is closed. */
  readonly reason: CloseReason;
  /** What broke it, where that is known. */
  readonly error?: unknown;
}

/** Options of one `get`. */
export interface GetOptions {
  /** Gives the call up: `get` rejects with the signal's `reason`. Within `do` it also ends the call itself. */
  signal?: AbortSignal | undefined;
  /** Longest the call may take, in ms. 0 = no limit. @default the pool's `waitTimeoutMs` */
  timeoutMs?: number | undefined;
  /** Lower is served first; equal ones in order of arrival. Any finite number. @default 0 */
  priority?: number | undefined;
}

/** Limits and timings; all of them can be changed at run time with `pool.configure()`. */
export interface PoolLimits {
  /**
   * Connections open at once, dials under way included. At the limit a `get` queues (`wait: true`) or overflows
   * (`wait: false`). An integer from 1, or Infinity. @default 10
   */
  maxActive?: number | undefined;
  /** Idle connections kept; one given back beyond it is closed (`excess`). An integer from 0, or Infinity. @default maxActive */
  maxIdle?: number | undefined;
  /** Idle connections kept ready, dialed in the background. An integer from 0 up to maxIdle. @default 0 */
  minIdle?: number | undefined;
  /** At `maxActive`: true = a `get` queues, false = it opens an overflow connection. @default true */
  wait?: boolean | undefined;
  /**
   * Connections beyond `maxActive` when `wait` is false; they are closed on return. Beyond them `get` rejects
   * with a `PoolExhaustedError`. An integer from 0 (fail fast), or Infinity. @default Infinity
   */
  maxOverflow?: number | undefined;
  /** Longest queue; a `get` beyond it rejects with a `WaitQueueFullError`. An integer from 0, or Infinity. @default Infinity */
  maxWaiting?: number | undefined;
  /**
   * Longest a `get` may take in all (queue, dial, check), in ms; then it rejects with a `WaitTimeoutError`.
   * 0 = no limit. @default 30000
   */
  waitTimeoutMs?: number | undefined;
  /** Further dial attempts after a failed first one. An integer from 0. @default 1 */
  dialRetryCount?: number | undefined;
  /**
   * Longest pause before the first retry, in ms; doubled per retry. The pause is drawn between 0 and that
   * ("full jitter"), so that callers do not come back in step. @default 50
   */
  dialRetryDelayMs?: number | undefined;
  /** Longest one dial attempt may take, its first heartbeat included, in ms. Above 0, or Infinity. @default 5000 */
  dialTimeoutMs?: number | undefined;
  /** Dials under way at once. An integer from 1, or Infinity. @default maxActive */
  maxDialing?: number | undefined;
  /**
   * A connection unused and unchecked for this long, in ms, is heartbeated before it is lent, and in the
   * background. 0 = before every loan, never in the background; Infinity = only when it is new. @default 60000
   */
  heartbeatIntervalMs?: number | undefined;
  /**
   * Longest a heartbeat may take, in ms; then the connection counts as dead. The first one, of a new connection, may
   * take what is left of `dialTimeoutMs` instead. Above 0, or Infinity. @default 5000
   */
  heartbeatTimeoutMs?: number | undefined;
  /** Longest the pool waits for a close callback, in ms. Above 0, or Infinity. @default 5000 */
  closeTimeoutMs?: number | undefined;
  /** A connection idle for longer, in ms, is closed, down to `minIdle`. 0 = never. @default 120000 */
  idleTimeoutMs?: number | undefined;
  /**
   * A connection older than this, in ms, is closed when it is next idle. Each connection gets up to 10 % less,
   * so that they do not all go at once. 0 = never. @default 0
   */
  maxLifetimeMs?: number | undefined;
  /** Loans after which a connection is closed. An integer from 1, or Infinity. @default Infinity */
  maxUses?: number | undefined;
  /** Which idle connection is lent next: the one used last ('lifo') or the one idle longest ('fifo'). @default 'lifo' */
  idleOrder?: 'lifo' | 'fifo' | undefined;
  /** Report a transport held longer than this, in ms, with the stack of its `get`. 0 = off. @default 0 */
  leakDetectionMs?: number | undefined;
}

/** Options of a {@link ConnPool}: three callbacks, and limits that all have defaults. */
export interface ConnPoolOptions<TClient, TMeta = undefined> extends PoolLimits {
  /** Opens a connection and gives the client. Honour `ctx.signal`; a result that comes too late is closed. */
  dial(ctx: DialContext<TMeta>): TClient | PromiseLike<TClient>;
  /** Proves that a connection works; throwing, rejecting or giving `false` means dead. Left out: never checked. */
  heartbeat?: ((client: TClient, ctx: HookContext<TMeta>) => unknown) | undefined;
  /** Closes a connection. Called exactly once for each client that dial gave, unless it was detached. */
  close(client: TClient, ctx: CloseContext<TMeta>): unknown;
  /** Handed to every callback as `ctx.meta`. */
  meta?: TMeta | undefined;
  /** The pool's name in logs, metrics and errors. @default 'pool-N' */
  name?: string | undefined;
  /**
   * Whether a call inside `do()` that failed with `error` broke its connection. Asked at once, so it cannot be
   * async; only `false` keeps the connection. @default every error breaks
   */
  isBroken?: ((error: unknown, client: TClient) => boolean) | undefined;
}

/** Limits with every default filled in. */
export type ResolvedLimits = { readonly [K in keyof PoolLimits]-?: NonNullable<PoolLimits[K]> };

/** What `closeTimeoutMs` is when a pool is told nothing, ms. */
export const DEFAULT_CLOSE_TIMEOUT_MS = 5_000;

const duration = (allowed: string): OptionRule => ({
  allowed,
  accepts: (v) => typeof v === 'number' && v >= 0,
});
const LIMIT_RULES: { readonly [K in keyof Required<PoolLimits>]: OptionRule } = {
  maxActive: countRule(1),
  maxIdle: countRule(0),
  minIdle: integerRule(0),
  wait: flagRule,
  maxOverflow: countRule(0),
  maxWaiting: countRule(0),
  waitTimeoutMs: duration('a number of ms from 0 (no limit)'),
  dialRetryCount: integerRule(0),
  dialRetryDelayMs: delayRule,
  dialTimeoutMs: limitRule,
  maxDialing: countRule(1),
  heartbeatIntervalMs: duration('a number of ms from 0 (before every loan), or Infinity'),
  heartbeatTimeoutMs: limitRule,
  closeTimeoutMs: limitRule,
  idleTimeoutMs: duration('a number of ms from 0 (never)'),
  maxLifetimeMs: duration('a number of ms from 0 (never)'),
  maxUses: countRule(1),
  idleOrder: { allowed: "'lifo' or 'fifo'", accepts: (v) => v === 'lifo' || v === 'fifo' },
  leakDetectionMs: duration('a number of ms from 0 (off)'),
};

const HOOK_RULES: Record<string, OptionRule> = {
  dial: required(functionRule),
  heartbeat: functionRule,
  close: required(functionRule),
  isBroken: functionRule,
  name: textRule,
  meta: { allowed: 'anything', accepts: () => true },
};

/**
 * Checks everything a pool was given, early and by name.
 * @throws InvalidOptionError for an unknown option, a value that is not allowed or a contradiction
 */
export function validateOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, 'an object with dial and close');
  }
  checkOptions('options', options, { ...HOOK_RULES, ...LIMIT_RULES });
}

/**
 * Merges limits and fills in the defaults; the caller's objects are left alone.
 * @throws InvalidOptionError when the limits contradict each other
 */
export function resolveLimits(limits: PoolLimits): ResolvedLimits {
  const maxActive = limits.maxActive ?? 10;
  const maxIdle = limits.maxIdle ?? maxActive;
  const minIdle = limits.minIdle ?? 0;
  if (minIdle > maxIdle) throw new InvalidOptionError('minIdle', minIdle, `at most maxIdle (${maxIdle})`);
  if (minIdle > maxActive) {
    throw new InvalidOptionError('minIdle', minIdle, `at most maxActive (${maxActive})`);
  }
  return Object.freeze({
    maxActive,
    maxIdle,
    minIdle,
    wait: limits.wait ?? true,
    maxOverflow: limits.maxOverflow ?? Infinity,
    maxWaiting: limits.maxWaiting ?? Infinity,
    waitTimeoutMs: limits.waitTimeoutMs ?? 30_000,
    dialRetryCount: limits.dialRetryCount ?? 1,
    dialRetryDelayMs: limits.dialRetryDelayMs ?? 50,
    dialTimeoutMs: limits.dialTimeoutMs ?? 5_000,
    maxDialing: limits.maxDialing ?? maxActive,
    heartbeatIntervalMs: limits.heartbeatIntervalMs ?? 60_000,
    heartbeatTimeoutMs: limits.heartbeatTimeoutMs ?? 5_000,
    closeTimeoutMs: limits.closeTimeoutMs ?? DEFAULT_CLOSE_TIMEOUT_MS,
    idleTimeoutMs: limits.idleTimeoutMs ?? 120_000,
    maxLifetimeMs: limits.maxLifetimeMs ?? 0,
    maxUses: limits.maxUses ?? Infinity,
    idleOrder: limits.idleOrder ?? 'lifo',
    leakDetectionMs: limits.leakDetectionMs ?? 0,
  });
}

/** The limits among a pool's options, without the callbacks. */
export function pickLimits(options: PoolLimits): PoolLimits {
  const limits: Record<string, unknown> = {};
  for (const name of Object.keys(LIMIT_RULES) as (keyof PoolLimits)[]) {
    if (options[name] !== undefined) limits[name] = options[name];
  }
  return limits;
}

/**
 * Checks what `configure` was given: limits and timings only.
 * @throws InvalidOptionError
 */
export function validateLimits(limits: unknown): void {
  if (typeof limits !== 'object' || limits === null) {
    throw new InvalidOptionError('limits', limits, 'an object');
  }
  for (const name of Object.keys(limits)) {
    if (Object.hasOwn(HOOK_RULES, name)) {
      throw new InvalidOptionError(
        name,
        (limits as Record<string, unknown>)[name],
        'left as it was when the pool was made; only limits and timings change at run time',
      );
    }
  }
  checkOptions('limits', limits, LIMIT_RULES);
}

/**
 * Checks the options of one `get`. Written out by hand: it runs at every call that has options.
 * @throws InvalidOptionError
 */
export function validateGetOptions(options: GetOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, 'an object of signal, timeoutMs and priority');
  }
  for (const name in options) {
    if (name !== 'signal' && name !== 'timeoutMs' && name !== 'priority') {
      throw unknownOption(name, (options as Record<string, unknown>)[name], [
        'signal',
        'timeoutMs',
        'priority',
      ]);
    }
  }
  const { signal, timeoutMs, priority } = options;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw new InvalidOptionError('timeoutMs', timeoutMs, 'a number of ms from 0 (no limit)');
  }
  if (priority !== undefined && !Number.isFinite(priority)) {
    throw new InvalidOptionError('priority', priority, 'a finite number');
  }
  if (signal !== undefined && !(typeof signal?.aborted === 'boolean' && 'addEventListener' in signal)) {
    throw new InvalidOptionError('signal', signal, 'an AbortSignal');
  }
}

/**
 * Checks the options of `close`.
 * @throws InvalidOptionError
 */
export function validateCloseOptions(options: unknown): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, 'an object of timeoutMs');
  }
  checkOptions('options', options, { timeoutMs: duration('a number of ms from 0') });
}
