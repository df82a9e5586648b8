import { type ServerProcess, startServerProcess } from '../thrift/server-process.js';

/** A server of the fleet, which can die and come back on the same port. */
export class FleetMember {
  #process: ServerProcess;
  readonly port: number;

  private constructor(process: ServerProcess) {
    this.#process = process;
    this.port = Number(process.address);
  }

  static async start(): Promise<FleetMember> {
    return new FleetMember(await startServerProcess('--port', '0', '--delay-ms', '2'));
  }

  get pid(): number | undefined {
    return this.#process.child.pid;
  }

  /** Ends it in mid-call. */
  kill(): Promise<void> {
    return this.#process.stop('SIGKILL');
  }

  async revive(): Promise<void> {
    this.#process = await startServerProcess('--port', String(this.port), '--delay-ms', '2');
  }

  stop(): Promise<void> {
    return this.#process.stop();
  }
}
