import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { waitFor } from '../../support/wait-for.js';

/** A Redis server process of our own, reachable through a socket file, so that no port can be taken. */
export interface RedisServer {
  readonly path: string;
  /** Stops the process where it stands, as a machine that hangs. */
  freeze(): void;
  thaw(): void;
  /** Ends the process at once, as a crash. */
  crash(): Promise<void>;
  /** Starts it again after a crash, empty. */
  revive(): Promise<void>;
  /** Ends the process and removes its files. */
  stop(): Promise<void>;
}

/** Starts `redis-server`; undefined when there is no such binary. */
export async function startRedis(): Promise<RedisServer | undefined> {
  const dir = await mkdtemp(join(tmpdir(), 'connpool-redis-'));
  const path = join(dir, 'redis.sock');
  let server: ChildProcess;
  const end = async () => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const ended = new Promise((resolve) => server.once('exit', resolve));
    server.kill('SIGKILL');
    await ended;
  };
  const revive = async () => {
    server = await launch(dir, path);
  };
  try {
    await revive();
  } catch (error) {
    await rm(dir, { recursive: true });
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return {
    path,
    freeze: () => void server.kill('SIGSTOP'),
    thaw: () => void server.kill('SIGCONT'),
    crash: end,
    revive,
    stop: async () => {
      await end();
      await rm(dir, { recursive: true });
    },
  };
}

async function launch(dir: string, path: string): Promise<ChildProcess> {
  const options = ['--port', '0', '--unixsocket', path, '--save', '', '--appendonly', 'no', '--dir', dir];
  const child = spawn('redis-server', options, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let failure: Error | undefined;
  child.once('error', (error) => {
    failure = error;
  });
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await waitFor('redis-server to accept connections', () => {
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}: ${output}`);
    return output.includes('eady to accept connections');
  });
  return child;
}
