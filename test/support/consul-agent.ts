import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { ConsulApi } from './consul-api.js';
import { freePorts } from './free-ports.js';
import type { TlsFixture } from './tls.js';
import { waitFor } from './wait-for.js';

/** How a {@link ConsulAgent} is started. */
export interface ConsulAgentOptions {
  /** The token that may do everything; who has none may do nothing. @default no access control */
  readonly masterToken?: string;
  /** Certificates for an HTTPS interface, which then wants one of its clients too. @default HTTP only */
  readonly tls?: TlsFixture;
}

/** A Consul agent in a process of its own that keeps everything in memory, on ports that stay the same. */
export class ConsulAgent implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly api: ConsulApi;
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    /** Port of the HTTPS interface, where there is one. */
    readonly httpsPort: number,
    private readonly flags: readonly string[],
    private readonly dir: string,
    masterToken: string | undefined,
  ) {
    this.api = new ConsulApi(port, masterToken);
  }

  /** Starts an agent; undefined when there is no such program. */
  static async start(options: ConsulAgentOptions = {}): Promise<ConsulAgent | undefined> {
    const help = await agentHelp();
    if (help === undefined) return undefined;
    const dir = await mkdtemp(join(tmpdir(), 'connpool-consul-'));
    const config = join(dir, 'agent.json');
    for (let attempt = 1; ; attempt++) {
      const [http = 0, https = 0, server, serf_lan, serf_wan] = await freePorts(5);
      const ports = { http, server, serf_lan, serf_wan, dns: -1, grpc: -1 };
      await writeFile(config, JSON.stringify(await settings(options, ports, https, help, dir)));
      const flags = ['agent', '-dev', `-config-file=${config}`];
      const agent = new ConsulAgent(http, https, flags, dir, options.masterToken);
      try {
        await agent.restart();
        return agent;
      } catch (error) {
        await agent.kill();
        // Somebody else may have taken a port meanwhile.
        if (attempt === 3) {
          await agent.stop();
          throw error;
        }
      }
    }
  }

  /** `host:port` of its HTTP interface. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** Ends the process at once, as a crash. */
  async kill(): Promise<void> {
    const child = this.#child;
    this.#child = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Starts it (again). It remembers nothing, and its index begins anew. */
  async restart(): Promise<void> {
    const child = spawn('consul', this.flags, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const isReady = async () => {
      if (child.exitCode !== null) throw new Error(`consul ended with ${child.exitCode}: ${output}`);
      // An agent answers long before it has elected itself and listed its own node.
      const nodes = await this.api.ask('GET', '/v1/health/node/test').catch(() => []);
      return Array.isArray(nodes) && nodes.length > 0;
    };
    await waitFor('the Consul agent to be ready', isReady, { timeoutMs: 15_000 });
  }

  /** Ends it for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}

/** Starts an agent; without the program the tests are skipped, or fail where servers are required. */
export async function requireConsul(test: Context, options?: ConsulAgentOptions): Promise<ConsulAgent> {
  const agent = await ConsulAgent.start(options);
  if (agent !== undefined) return agent;
  assert.notEqual(process.env.CONNPOOL_REQUIRE_SERVERS, '1', 'consul is required here, but not installed');
  console.log('    skipped: these tests need the program consul, which is not installed');
  return test.skip();
}

/** What the program says of its flags. */
async function agentHelp(): Promise<string | undefined> {
  try {
    const { stdout, stderr } = await promisify(execFile)('consul', ['agent', '-help']);
    return stdout + stderr;
  } catch (error) {
    const { code, stdout, stderr } = error as { code: unknown; stdout?: string; stderr?: string };
    return code === 'ENOENT' ? undefined : `${stdout}${stderr}`;
  }
}

/** The agent's configuration. */
async function settings(
  { masterToken: token, tls }: ConsulAgentOptions,
  ports: Record<string, number | undefined>,
  https: number,
  help: string,
  dir: string,
): Promise<Record<string, unknown>> {
  const all: Record<string, unknown> = {
    node_name: 'test',
    bind_addr: '127.0.0.1',
    client_addr: '127.0.0.1',
    log_level: 'warn',
    // Newer versions have one port more, and older ones refuse what they do not know.
    ports: { ...ports, ...(help.includes('-grpc-tls-port') ? { grpc_tls: -1 } : {}) },
  };
  if (token !== undefined) {
    all.acl = { enabled: true, default_policy: 'deny', tokens: { master: token, agent: token } };
  }
  if (tls === undefined) return all;
  const file = async (name: string, text: string) => {
    const path = join(dir, name);
    await writeFile(path, text);
    return path;
  };
  return {
    ...all,
    ports: { ...(all.ports as object), https },
    ca_file: await file('ca.pem', tls.ca),
    cert_file: await file('cert.pem', tls.server.cert),
    key_file: await file('key.pem', tls.server.key),
    verify_incoming_https: true,
  };
}
