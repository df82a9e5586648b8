// Raw Redis over pooled TCP sockets, without a Redis client. It starts redis-server itself, on a free port:
//
//   node --import tsx examples/tcp-redis/main.ts [--url redis://127.0.0.1:6379]
import type { Socket } from 'node:net';
import { parseArgs } from 'node:util';
import type { ConnPool } from 'connpool';
import { command, redisPool } from './redis-pool.js';
import { startRedis } from './redis-process.js';
import { RespError } from './resp-reader.js';

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
const { values } = parseArgs({ options: { url: { type: 'string' } } });
const given = values.url === undefined ? undefined : new URL(values.url);
const started = given === undefined ? await startRedis() : undefined;
const server = given === undefined ? started : { host: given.hostname, port: Number(given.port || '6379') };

if (server === undefined) {
  console.log('nothing to talk to: the program redis-server is not installed; give a server with --url');
} else {
  const key = `connpool-example-${process.pid}`;
  const pool = redisPool(server);
  console.log(
    `redis:     ${server.host}:${server.port}${started === undefined ? '' : ', started for this example'}`,
  );
  try {
    await commands(pool, key);
    await manyCallersFewConnections(pool, key);
    await refusedCommand(pool, key);
    await idleConnectionsKilled(pool);
    await pool.do((socket) => command(socket, 'DEL', key, `${key}-count`));
  } finally {
    await pool.close();
    await started?.stop();
  }
}

/** Strings, numbers, lists and nothing. */
async function commands(pool: ConnPool<Socket>, key: string): Promise<void> {
  const replies = await pool.do(async (socket) => [
    await command(socket, 'SET', key, 'grüße\r\nin two lines'),
    await command(socket, 'GET', key),
    await command(socket, 'STRLEN', key),
    await command(socket, 'MGET', key, `${key}-missing`),
  ]);
  console.log(`commands:  ${JSON.stringify(replies)}`);
}

/** 500 callers at once share 4 connections; every increment counts once. */
async function manyCallersFewConnections(pool: ConnPool<Socket>, key: string): Promise<void> {
  const counts = await Promise.all(
    Array.from({ length: 500 }, () => pool.do((socket) => command(socket, 'INCR', `${key}-count`))),
  );
  const distinct = new Set(counts).size;
  console.log(
    `callers:   500 increments, ${distinct} distinct counts, over ${pool.stats().open} connections`,
  );
}

/** A command that Redis refuses is the caller's mistake: the connection stays. */
async function refusedCommand(pool: ConnPool<Socket>, key: string): Promise<void> {
  const before = pool.stats();
  try {
    await pool.do((socket) => command(socket, 'LPUSH', key, 'x'));
  } catch (error) {
    if (!(error instanceof RespError)) throw error;
    const kept = pool.stats().closed.broken === before.closed.broken;
    console.log(`refused:   ${error.message}; connection ${kept ? 'kept' : 'LOST'}`);
  }
}

/** Redis kills all its other clients while they are idle: the pool notices at once, no caller does. */
async function idleConnectionsKilled(pool: ConnPool<Socket>): Promise<void> {
  const killed = await pool.do((socket) =>
    command(socket, 'CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes'),
  );
  while (pool.stats().open > 1) await new Promise((resolve) => setTimeout(resolve, 2));
  const broken = pool.stats().closed.broken;
  const replies = await Promise.all(
    Array.from({ length: 4 }, () => pool.do((socket) => command(socket, 'PING'))),
  );
  console.log(`killed:    ${killed} by Redis, ${broken} left the pool at once; then ${replies.join(' ')}`);
}
