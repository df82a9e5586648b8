import assert from 'node:assert/strict';
import { DialError, type PoolStats } from '../../../lib/pool/index.js';
import { type Behaviour, handled, settled, useEndpoint, useFakeTime } from './support/fake-endpoint.js';

/** What a first dial comes to. */
interface Outcome {
  /** The message of the DialError's cause; undefined: the call is served. */
  readonly fails?: RegExp;
  readonly causeCode?: string;
  readonly heartbeats: number;
  readonly heartbeatErrors: number;
  /** Why the client is closed, if it ever came. */
  readonly reason?: string;
}

const served: Outcome = { heartbeats: 1, heartbeatErrors: 0 };
const noClient = { heartbeats: 0, heartbeatErrors: 0 };
const deadClient = { heartbeats: 1, heartbeatErrors: 1, reason: 'heartbeat' };

const byHeartbeat: Record<Behaviour, Outcome> = {
  ok: served,
  slow: served,
  fail: { ...deadClient, fails: /heartbeat failed: heartbeat failed/, causeCode: 'ERR_HEARTBEAT' },
  throw: { ...deadClient, fails: /heartbeat failed: heartbeat threw/, causeCode: 'ERR_HEARTBEAT' },
  never: {
    ...deadClient,
    fails: /first heartbeat took longer than 1000 ms/,
    causeCode: 'ERR_DIAL_TIMEOUT',
  },
};

const byDial: Partial<Record<Behaviour, Outcome>> = {
  fail: { ...noClient, fails: /^dial failed$/ },
  throw: { ...noClient, fails: /^dial threw$/ },
  never: { ...noClient, fails: /dial took longer than 1000 ms/, causeCode: 'ERR_DIAL_TIMEOUT' },
};

const behaviours: Behaviour[] = ['ok', 'fail', 'throw', 'slow', 'never'];

describe('the failure matrix', () => {
  const time = useFakeTime();
  const given = useEndpoint(time);

  const openGates = (hook: 'dial' | 'heartbeat' | 'close') => {
    for (const gate of given.endpoint.gates[hook].splice(0)) gate.open();
  };

  function checkFailure(error: unknown, expected: Outcome): void {
    assert.ok(error instanceof DialError);
    const cause = error.cause as Error & { code?: string };
    assert.match(cause.message, expected.fails as RegExp);
    assert.equal(cause.code, expected.causeCode);
    assert.equal(error.attempts, 1);
    assert.ok(error.message.includes(cause.message), 'the message tells the cause');
  }

  function checkStats(stats: PoolStats, expected: Outcome, isServed: boolean): void {
    assert.deepEqual(
      {
        open: stats.open,
        dialing: stats.dialing,
        waiting: stats.waiting,
        dials: stats.dials,
        dialErrors: stats.dialErrors,
        heartbeats: stats.heartbeats,
        heartbeatErrors: stats.heartbeatErrors,
      },
      {
        open: isServed ? 1 : 0,
        dialing: 0,
        waiting: 0,
        dials: 1,
        dialErrors: isServed ? 0 : 1,
        heartbeats: expected.heartbeats,
        heartbeatErrors: expected.heartbeatErrors,
      },
    );
  }

  for (const dial of behaviours) {
    for (const heartbeat of behaviours) {
      const expected = byDial[dial] ?? byHeartbeat[heartbeat];
      it(`dial ${dial}, heartbeat ${heartbeat}: ${expected.fails ? 'rejects with the cause' : 'serves'}`, async () => {
        given.endpoint.plan.dial.push(dial);
        given.endpoint.plan.heartbeat.push(heartbeat);
        const pool = given.endpoint.pool({ beats: true, dialRetryCount: 0, dialTimeoutMs: 1_000 });
        const get = handled(pool.get());
        await time.clock.tickAsync(500);
        openGates('dial');
        await time.clock.tickAsync(100);
        openGates('heartbeat');
        await time.clock.tickAsync(400);
        const outcome = await settled(get);
        const isServed = expected.fails === undefined;
        if (isServed) assert.equal((outcome as { client: { id: number } }).client.id, 1);
        else checkFailure(outcome, expected);
        checkStats(pool.stats(), expected, isServed);
        assert.deepEqual(given.endpoint.reasons, expected.reason === undefined ? [] : [expected.reason]);
      });
    }
  }

  for (const close of behaviours) {
    const isError = close === 'fail' || close === 'throw' || close === 'never';
    it(`close ${close}: the slot is free at once, the handle settles${isError ? ', the listeners hear of it' : ''}`, async () => {
      given.endpoint.plan.close.push(close);
      const pool = given.endpoint.pool({ maxActive: 1, closeTimeoutMs: 1_000 });
      const errors: unknown[] = [];
      pool.on('closeError', (error, client) => errors.push(error, client.id));
      const transport = await pool.get();
      const closed = transport.close(true);
      assert.equal(pool.stats().open, 0);
      const next = await pool.get();
      assert.equal(next.client.id, 2);
      await time.clock.tickAsync(999);
      openGates('close');
      assert.equal(await settled(closed), close === 'never' ? 'pending' : undefined);
      assert.equal(pool.stats().closing, close === 'never' ? 1 : 0);
      await time.clock.tickAsync(1);
      assert.equal(await settled(closed), undefined, 'never rejects');
      assert.equal(pool.stats().closing, 0);
      assert.equal(errors.length, isError ? 2 : 0);
      if (isError) assert.equal(errors[1], 1);
      await next.close();
    });
  }

  for (const late of ['answers', 'fails'] as const) {
    it(`a heartbeat that ${late} after its time leaves everything as it is`, async () => {
      const pool = given.endpoint.pool({ beats: true, heartbeatIntervalMs: 0, heartbeatTimeoutMs: 100 });
      await (await pool.get()).close();
      given.endpoint.plan.heartbeat.push('slow');
      const get = handled(pool.get());
      await time.clock.tickAsync(100);
      const transport = await get;
      const before = pool.stats();
      if (late === 'answers') openGates('heartbeat');
      else for (const gate of given.endpoint.gates.heartbeat) gate.fail(new Error('late'));
      await time.clock.tickAsync(0);
      assert.deepEqual(pool.stats(), before);
      assert.deepEqual(given.endpoint.reasons, ['heartbeat']);
      await transport.close();
    });

    it(`a close callback that ${late} after its time leaves everything as it is`, async () => {
      given.endpoint.plan.close.push('slow');
      const pool = given.endpoint.pool({ closeTimeoutMs: 100 });
      const errors: unknown[] = [];
      pool.on('closeError', (error) => errors.push(error));
      const closed = (await pool.get()).close(true);
      await time.clock.tickAsync(100);
      await closed;
      const before = pool.stats();
      if (late === 'answers') openGates('close');
      else for (const gate of given.endpoint.gates.close) gate.fail(new Error('late'));
      await time.clock.tickAsync(0);
      assert.deepEqual(pool.stats(), before);
      assert.equal(errors.length, 1);
    });
  }
});
