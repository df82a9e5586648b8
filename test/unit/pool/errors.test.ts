import assert from 'node:assert/strict';
import * as pool from '../../../lib/pool/index.js';
import { useEndpoint } from './support/fake-endpoint.js';

describe('errors', () => {
  const given = useEndpoint();
  const stats = () => given.endpoint.pool({ name: 'p' }).stats();

  it('have their own name, a stable code and one base class', () => {
    const cause = new Error('why');
    const made: [pool.ConnPoolError, string][] = [
      [new pool.PoolClosedError('p'), 'ERR_POOL_CLOSED'],
      [new pool.PoolExhaustedError(stats(), 3), 'ERR_POOL_EXHAUSTED'],
      [new pool.WaitTimeoutError(stats(), 5, 'queue', cause), 'ERR_WAIT_TIMEOUT'],
      [new pool.WaitQueueFullError(stats(), 3), 'ERR_WAIT_QUEUE_FULL'],
      [new pool.DialError('p', 2, cause), 'ERR_DIAL'],
      [new pool.DialTimeoutError('p', 5, 'dial'), 'ERR_DIAL_TIMEOUT'],
      [new pool.HeartbeatError('p', 'failed', { cause }), 'ERR_HEARTBEAT'],
      [new pool.TransportClosedError('p'), 'ERR_TRANSPORT_CLOSED'],
      [new pool.InvalidOptionError('x', 1, 'left out'), 'ERR_INVALID_OPTION'],
    ];
    for (const [error, code] of made) {
      assert.ok(error instanceof pool.ConnPoolError && error instanceof Error);
      assert.equal(error.code, code);
      assert.equal(error.name, error.constructor.name);
      assert.ok(String(error.stack).startsWith(`${error.name}: `), error.name);
      if (code !== 'ERR_INVALID_OPTION') assert.match(error.message, /pool 'p'/);
    }
  });

  it('keep the cause they wrap, and have none when there was none', () => {
    const cause = new Error('why');
    assert.equal(new pool.DialError('p', 1, cause).cause, cause);
    assert.equal(new pool.WaitTimeoutError(stats(), 5, 'dial', cause).cause, cause);
    assert.equal('cause' in new pool.WaitTimeoutError(stats(), 5, 'queue', undefined), false);
    assert.equal('cause' in new pool.PoolClosedError('p'), false);
  });

  it('tell one attempt from several', () => {
    assert.match(new pool.DialError('p', 1, new Error('no')).message, /after 1 attempt: no$/);
    assert.match(new pool.DialError('p', 2, new Error('no')).message, /after 2 attempts: no$/);
  });

  it('tell whole ms, at least one, of a time limit that was left of another one', () => {
    const stats = { ...new pool.ConnPool({ dial: () => ({}), close: () => {} }).stats() };
    for (const [limitMs, told] of [
      [99.97004600000002, '100 ms'],
      [Number.MIN_VALUE, '1 ms'],
      [0.4, '1 ms'],
      [250, '250 ms'],
    ] as const) {
      const error = new pool.WaitTimeoutError(stats, limitMs, 'queue', undefined);
      assert.match(error.message, new RegExp(`no connection within ${told}, `));
      assert.match(new pool.DialTimeoutError('p', limitMs, 'dial').message, new RegExp(`than ${told}$`));
    }
  });

  it('say something of a cause without a message', () => {
    assert.match(new pool.DialError('p', 1, new RangeError('')).message, /: RangeError$/);
  });
});

describe('the figures of stats()', () => {
  it('are exactly these, all of them plain numbers, strings and one count by reason', async () => {
    const made = new pool.ConnPool({ dial: () => ({}), close: () => {} });
    const { name, state, closed, ...numbers } = made.stats();
    assert.equal(name, made.name);
    assert.equal(state, 'open');
    assert.deepEqual(
      Object.keys(numbers).sort(),
      [
        ...['open', 'idle', 'inUse', 'checking', 'dialing', 'closing', 'waiting', 'maxActive', 'maxIdle'],
        ...['gets', 'waits', 'waitTimeouts', 'rejected', 'dials', 'dialErrors', 'heartbeats'],
        ...['heartbeatErrors', 'leaks', 'detached', 'waitMsTotal'],
      ].sort(),
    );
    for (const [figure, value] of Object.entries(numbers)) assert.equal(typeof value, 'number', figure);
    assert.deepEqual(Object.keys(closed).sort(), [
      'broken',
      'excess',
      'heartbeat',
      'idle',
      'invalidated',
      'lifetime',
      'shutdown',
      'uses',
    ]);
    await made.close();
    assert.equal(made.stats().state, 'closed');
  });
});
