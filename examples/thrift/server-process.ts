import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';

/** A server running in a process of its own. */
export interface ServerProcess {
  /** The port, or the path of the Unix socket, as text. */
  readonly address: string;
  readonly child: ChildProcess;
  /** Ends the process and resolves when it is gone. SIGKILL ends it in mid-call. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

/** Starts server.ts with these flags and resolves when it can be called. */
export function startServerProcess(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('./server.ts', import.meta.url), flags);
}

/** Starts a script that prints a line `ready <port or path>` and resolves when it has. */
export async function startProcess(script: URL, flags: string[]): Promise<ServerProcess> {
  const child = spawn(process.execPath, [...loaders(), fileURLToPath(script), ...flags], {
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'], // by the ipc channel the child sees when this process is gone
  });
  child.channel?.unref();
  const gone = once(child, 'exit');
  const stop = async (signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM') => {
    child.kill(signal);
    await gone;
  };
  const lines = createInterface({ input: child.stdout as Readable });
  try {
    const [line] = (await Promise.race([
      once(lines, 'line'),
      gone.then(() => Promise.reject(new Error('the server ended before it was ready'))),
    ])) as [string];
    return { address: line.replace(/^ready /, ''), child, stop };
  } catch (error) {
    await stop('SIGKILL');
    throw error;
  }
}

/** How this process was told to load TypeScript (`--import tsx`), for the child to do the same. */
function loaders(): string[] {
  const { execArgv } = process;
  return execArgv.filter((flag, i) => /^--import/.test(flag) || execArgv[i - 1] === '--import');
}
