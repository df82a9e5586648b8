import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { within } from '../../support/wait-for.js';
import { type CliProcess, type CliRun, startCli } from './cli-process.js';

/** `connpool start` as a process, with a config of its own. */
export interface RunningManager {
  readonly process: CliProcess;
  readonly url: string;
  readonly configFile: string;
  /** Sends SIGTERM, waits for the end, and removes the config. */
  stop(): Promise<CliRun>;
}

/** Starts a manager whose services listen on these ports. */
export async function startManager(
  ports: Readonly<Record<string, number>>,
  { token, flags = [] }: { token?: string; flags?: readonly string[] } = {},
): Promise<RunningManager> {
  const folder = await mkdtemp(join(tmpdir(), 'connpool-cli-'));
  const configFile = join(folder, 'connpool.json');
  await writeFile(configFile, JSON.stringify(configOf(ports, token)));
  const started = startCli(['start', '-c', configFile, ...flags]);
  const [, url = ''] = await started.saw(/(http:\/\/127\.0\.0\.1:\d+)/);
  return {
    process: started,
    url,
    configFile,
    async stop() {
      started.child.kill('SIGTERM');
      const run = await within('the manager stops', started.ended);
      await rm(folder, { recursive: true, force: true });
      return run;
    },
  };
}

/** A config of TCP services, the servers of which are checked often. */
export function configOf(ports: Readonly<Record<string, number>>, token?: string): object {
  const services = Object.fromEntries(
    Object.entries(ports).map(([name, port]) => [
      name,
      {
        protocol: 'tcp',
        discovery: { type: 'static', endpoints: [`127.0.0.1:${port}`] },
        pool: { initialSize: 1, maxActive: 4, connectRetries: 0 },
        health: { interval: '50ms', timeout: '1s' },
      },
    ]),
  );
  return { services, admin: { port: 0, ...(token === undefined ? {} : { token }) }, stopTimeout: '2s' };
}
