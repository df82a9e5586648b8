import type { Context } from 'mocha';
import { BinaryServer, launch } from './binary-server.js';
import { needs } from './needs.js';

/** A Redis server that keeps everything in memory, reachable through a socket file, so that no port can be taken. */
export class RedisServer extends BinaryServer {
  readonly socket = this.file('redis.sock');

  protected command(): string[] {
    const keepNothing = ['--save', '', '--appendonly', 'no', '--dir', this.file('.')];
    return ['redis-server', '--port', '0', '--unixsocket', this.socket, ...keepNothing];
  }

  protected isReady(output: string): boolean {
    return output.includes('eady to accept connections');
  }
}

/** Starts a server; without the program the tests are skipped, or fail where servers are required. */
export function requireRedis(test: Context): Promise<RedisServer> {
  needs(test, 'redis-server');
  return launch(0, (dir) => new RedisServer(dir));
}
