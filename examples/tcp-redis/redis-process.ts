import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { createInterface } from 'node:readline';

/** A Redis of our own. */
export interface RedisProcess {
  readonly host: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** Starts `redis-server` on a free port, keeping nothing; undefined when there is no such program. */
export async function startRedis(): Promise<RedisProcess | undefined> {
  const [host, port] = ['127.0.0.1', await freePort()];
  const child = spawn(
    'redis-server',
    ['--bind', host, '--port', String(port), '--save', '', '--appendonly', 'no'],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  try {
    await once(child, 'spawn');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const lines: string[] = [];
  // The loop reads to the end of the output, so that Redis never waits for somebody to read it.
  const ready = new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout })
      .on('line', (line) => {
        lines.push(line);
        if (/ready to accept connections/i.test(line)) resolve();
      })
      .on('close', () => reject(new Error(`redis-server ended:\n${lines.join('\n')}`)));
  });
  await ready;
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill); // whatever ends this process
  return {
    host,
    port,
    async stop() {
      process.off('exit', kill);
      await end(child);
    },
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** A port that nobody listened on just now. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await once(server.close(), 'close');
  return port;
}
