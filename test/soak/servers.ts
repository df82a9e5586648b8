import {
  type ServerProcess,
  startProcess,
  startServerProcess,
} from '../../examples/thrift/server-process.js';
import { startEchoProcess } from '../support/start-echo-process.js';

/** The servers of a soak, each in a process of its own. */
export interface Servers {
  readonly ports: { readonly unruly: number; readonly steady: number; readonly thrift: number };
  /** @throws Error when one of them has ended */
  assertAlive(): void;
  stop(): Promise<void>;
}

/** Starts a TCP server that hurts its connections, one that does not, and the Thrift echo service. */
export async function startServers(): Promise<Servers> {
  const all = await Promise.all([
    startProcess(new URL('./unruly-server.ts', import.meta.url), []),
    startEchoProcess(),
    startServerProcess('--port', '0'),
  ]);
  const [unruly, steady, thrift] = all.map(({ address }) => Number(address)) as [number, number, number];
  return {
    ports: { unruly, steady, thrift },
    assertAlive() {
      if (all.some(hasEnded)) throw new Error('a server has ended');
    },
    stop: async () => void (await Promise.all(all.map((server) => server.stop()))),
  };
}

function hasEnded({ child }: ServerProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}
