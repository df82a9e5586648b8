import { type ServerProcess, startProcess } from '../../examples/thrift/server-process.js';

/** Starts an echo server for raw TCP in a process of its own. `flags`: the port, to come back where one was. */
export function startEchoProcess(...flags: string[]): Promise<ServerProcess> {
  return startProcess(new URL('./echo-process.ts', import.meta.url), flags);
}
