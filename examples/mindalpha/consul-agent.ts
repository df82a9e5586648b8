import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A Consul agent of our own. */
export interface ConsulAgent {
  /** `host:port` of its HTTP interface. */
  readonly address: string;
  stop(): Promise<void>;
}

/** Longest the agent may take until it answers. */
const START_TIMEOUT_MS = 20_000;

/** Starts a Consul agent in development mode (nothing is kept); undefined when there is no such program. */
export async function startConsul(): Promise<ConsulAgent | undefined> {
  const help = await agentHelp();
  if (help === undefined) return undefined;
  const [http, serfLan, serfWan, server] = await freePorts(4);
  const flags = [
    ...['-dev', '-bind=127.0.0.1', '-client=127.0.0.1', `-http-port=${http}`, `-server-port=${server}`],
    ...[`-serf-lan-port=${serfLan}`, `-serf-wan-port=${serfWan}`, '-dns-port=-1', '-grpc-port=-1'],
    ...(help.includes('-grpc-tls-port') ? ['-grpc-tls-port=-1'] : []), // from Consul 1.14 on
  ];
  const child = spawn('consul', ['agent', ...flags], { stdio: 'ignore' });
  await once(child, 'spawn');
  const address = `127.0.0.1:${http}`;
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill); // whatever ends this process
  const stop = async () => {
    process.off('exit', kill);
    await end(child);
  };
  try {
    await untilReady(child, address);
  } catch (error) {
    await stop();
    throw error;
  }
  return { address, stop };
}

/** What the program says of its flags. */
async function agentHelp(): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)('consul', ['agent', '-help']);
    return stdout + stderr;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout?: string; stderr?: string };
    if (code === 'ENOENT') return undefined;
    return `${stdout}${stderr}`; // older versions end with an exit code
  }
}

/** An agent answers long before it has elected itself and takes registrations. */
async function untilReady(child: ChildProcess, address: string): Promise<void> {
  const until = performance.now() + START_TIMEOUT_MS;
  while (performance.now() < until) {
    if (child.exitCode !== null) throw new Error(`consul ended with exit code ${child.exitCode}`);
    const leader = await fetch(`http://${address}/v1/status/leader`).then(
      (response) => (response.ok ? response.json() : ''),
      () => '',
    );
    if (leader !== '') return;
    await pause(100);
  }
  throw new Error(`consul did not start within ${START_TIMEOUT_MS} ms`);
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

/** Ports that nobody listened on just now. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
