import assert from 'node:assert/strict';
import { Redis } from 'ioredis';
import { after, before, beforeEach, describe, it } from 'mocha';
import { RateLimiterRedis, type RateLimiterRes } from 'rate-limiter-flexible';
import {
  type Call,
  compose,
  type Limiter,
  MiddlewareError,
  rateLimit,
} from '../../../lib/middleware/index.js';
import { type RedisServer, requireRedis } from '../../support/redis-server.js';
import { waitFor, within } from '../../support/wait-for.js';

/** All that is needed to share a limit through Redis. */
function overRedis(redis: RateLimiterRedis, key: string): Limiter {
  return {
    take: () =>
      redis.consume(key).then(
        () => 0,
        (refused: RateLimiterRes | Error) => {
          if (refused instanceof Error) throw refused;
          return Math.max(1, refused.msBeforeNext);
        },
      ),
  };
}

const call = (): Call => ({
  node: { id: 'a', endpoint: { id: 'a' }, weight: 1, inFlight: 0, available: true },
  client: undefined,
  attempt: 1,
});

describe('rateLimit shared through Redis', () => {
  let server: RedisServer;
  const connections: Redis[] = [];

  before(async function () {
    server = await requireRedis(this);
  });

  beforeEach(async () => {
    const [redis] = connections;
    await redis?.flushall();
  });

  after(async () => {
    for (const redis of connections) redis.disconnect();
    await server?.stop();
  });

  /** A process's share of things: its own connection and its own middleware, the same key in Redis. */
  function peer(points: number, options: { duration?: number; timeoutMs?: number } = {}) {
    const redis = new Redis({ path: server.socket, maxRetriesPerRequest: 0, retryStrategy: () => 20 });
    // Every failed command rejects where it was sent; the event would only say it twice.
    redis.on('error', () => {});
    connections.push(redis);
    const { duration = 1, timeoutMs } = options;
    const limiter = new RateLimiterRedis({ storeClient: redis, points, duration });
    const chain = compose([rateLimit({ limiter: overRedis(limiter, 'the-service'), timeoutMs })]);
    return <T>(fn: () => T) => chain(call(), fn);
  }

  it('lets several peers together start no more calls than the limit', async () => {
    const peers = [1, 2, 3].map(() => peer(10, { duration: 60, timeoutMs: 0 }));
    let started = 0;
    const calls = Array.from({ length: 30 }, (_, i) => peers[i % 3]!(() => started++));
    const results = await within('30 calls', Promise.allSettled(calls));
    const refused = results.filter((r) => r.status === 'rejected').map((r) => r.reason as unknown);
    assert.equal(started, 10);
    assert.equal(refused.length, 20);
    for (const error of refused) assert.ok(error instanceof MiddlewareError && error.cause === undefined);
  });

  it('lets the calls over the limit wait for the next window and serves each peer’s in order', async () => {
    const peers = [1, 2].map(() => peer(4));
    const started: { peer: number; n: number; at: number }[] = [];
    const calls = Array.from({ length: 10 }, (_, n) =>
      peers[n % 2]!(() => started.push({ peer: n % 2, n, at: performance.now() })),
    );
    await within('10 calls', Promise.all(calls));
    assert.ok(
      started[9]!.at - started[0]!.at >= 1_000,
      'ten calls at four a second take more than two windows',
    );
    for (const p of [0, 1]) {
      const mine = started.filter((s) => s.peer === p).map((s) => s.n);
      assert.deepEqual(
        mine,
        [...mine].sort((a, b) => a - b),
      );
    }
  });

  it('refuses calls with the cause while Redis is down, and goes on when it is back', async () => {
    const run = peer(100, { duration: 60 });
    assert.equal(await run(() => 'before'), 'before');
    await server.kill();
    const error = await within(
      'the refusal',
      run(() => 1).then(
        () => assert.fail('the call was let through'),
        (e: unknown) => e,
      ),
    );
    assert.ok(error instanceof MiddlewareError);
    assert.match(error.message, /^rate limit: the limiter failed: /);
    assert.ok(error.cause instanceof Error);

    await server.restart();
    await waitFor('a call to be let through again', async () => {
      const result = await run(() => 'after').catch((e: unknown) => e);
      assert.ok(result === 'after' || result instanceof MiddlewareError);
      return result === 'after';
    });
  });

  it('does not wait for a Redis that hangs longer than timeoutMs', async () => {
    const run = peer(100, { duration: 60, timeoutMs: 200 });
    await run(() => 1);
    server.freeze();
    try {
      const startedAt = performance.now();
      await assert.rejects(
        within(
          'the refusal',
          run(() => 2),
        ),
        /no token within 200 ms/,
      );
      assert.ok(performance.now() - startedAt >= 190);
    } finally {
      server.thaw();
    }
    assert.equal(await run(() => 'thawed'), 'thawed');
  });
});
