import assert from 'node:assert/strict';
import { startRedis } from '../../../examples/tcp-redis/redis-process.js';
import { needs } from '../../support/needs.js';
import { NO_PROGRAMS, runScript } from '../mux/run-example.js';

const MAIN = 'examples/tcp-redis/main.ts';

function checkOutput(stdout: string): void {
  assert.match(
    stdout,
    /commands: {2}\["OK","grüße\\r\\nin two lines",21,\["grüße\\r\\nin two lines",null\]\]/,
  );
  assert.match(stdout, /500 increments, 500 distinct counts, over 4 connections/);
  assert.match(stdout, /WRONGTYPE .*; connection kept/);
  assert.match(stdout, /3 by Redis, 3 left the pool at once; then PONG PONG PONG PONG/);
}

describe('the example of Redis over TCP sockets', function () {
  this.timeout(60_000);

  before(function () {
    needs(this, 'redis-server');
  });

  it('starts a Redis and talks to it', async () => {
    const { stdout, stderr } = await runScript(MAIN);
    assert.match(stdout, /^redis: {5}127\.0\.0\.1:\d+, started for this example\n/);
    checkOutput(stdout);
    assert.equal(stderr, '');
  });

  it('talks to the Redis it is given, and leaves it running and clean', async () => {
    const redis = await startRedis();
    assert.ok(redis !== undefined);
    try {
      const url = `redis://${redis.host}:${redis.port}`;
      for (let i = 0; i < 2; i++) {
        const { stdout } = await runScript(MAIN, ['--url', url]);
        assert.match(stdout, new RegExp(`^redis: +127.0.0.1:${redis.port}\n`));
        checkOutput(stdout);
      }
    } finally {
      await redis.stop();
    }
  });
});

describe('the example of Redis over TCP sockets, without Redis', () => {
  it('says what is missing', async () => {
    const { stdout } = await runScript(MAIN, [], NO_PROGRAMS);
    assert.match(
      stdout,
      /^nothing to talk to: the program redis-server is not installed; give a server with --url\n$/,
    );
  });
});
