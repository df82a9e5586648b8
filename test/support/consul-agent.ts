import { spawnSync } from 'node:child_process';
import type { Context } from 'mocha';
import { BinaryServer, launch } from './binary-server.js';
import { ConsulApi } from './consul-api.js';
import { needs } from './needs.js';
import type { TlsFixture } from './tls.js';

/** How a {@link ConsulAgent} is started. */
export interface ConsulAgentOptions {
  /** The token that may do everything; who has none may do nothing. @default no access control */
  readonly masterToken?: string;
  /** Certificates for an HTTPS interface, which then wants one of its clients too. @default HTTP only */
  readonly tls?: TlsFixture;
}

/** A Consul agent on ports that stay the same. It keeps everything in memory: after a restart its index begins anew. */
export class ConsulAgent extends BinaryServer {
  readonly port: number;
  /** Port of the HTTPS interface, where there is one. */
  readonly httpsPort: number;
  readonly api: ConsulApi;

  constructor(
    dir: string,
    private readonly ports: readonly number[],
    private readonly options: ConsulAgentOptions,
  ) {
    super(dir);
    [this.port = 0, this.httpsPort = 0] = ports;
    this.api = new ConsulApi(this.port, options.masterToken);
  }

  /** `host:port` of its HTTP interface. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  protected async command(): Promise<string[]> {
    const config = await this.write('agent.json', JSON.stringify(await this.#settings()));
    return ['consul', 'agent', '-dev', `-config-file=${config}`];
  }

  protected async isReady(): Promise<boolean> {
    // An agent answers long before it has elected itself and listed its own node.
    const nodes = await this.api.ask('GET', '/v1/health/node/test').catch(() => []);
    return Array.isArray(nodes) && nodes.length > 0;
  }

  async #settings(): Promise<object> {
    const { masterToken: token, tls } = this.options;
    const [http, https, server, serf_lan, serf_wan] = this.ports;
    return {
      node_name: 'test',
      bind_addr: this.host,
      client_addr: this.host,
      log_level: 'warn',
      ports: {
        ...{ http, server, serf_lan, serf_wan, dns: -1, grpc: -1 },
        // Newer versions have one port more, and older ones refuse what they do not know.
        ...(hasGrpcTls() && { grpc_tls: -1 }),
        ...(tls && { https }),
      },
      ...(token && {
        acl: { enabled: true, default_policy: 'deny', tokens: { master: token, agent: token } },
      }),
      ...(tls && {
        ca_file: await this.write('ca.pem', tls.ca),
        cert_file: await this.write('cert.pem', tls.server.cert),
        key_file: await this.write('key.pem', tls.server.key),
        verify_incoming_https: true,
      }),
    };
  }
}

/** Starts an agent; without the program the tests are skipped, or fail where servers are required. */
export function requireConsul(test: Context, options: ConsulAgentOptions = {}): Promise<ConsulAgent> {
  needs(test, 'consul');
  return launch(5, (dir, ports) => new ConsulAgent(dir, ports, options));
}

function hasGrpcTls(): boolean {
  // Older versions print their flags to the other stream, and end with an exit code.
  const { stdout, stderr } = spawnSync('consul', ['agent', '-help'], { encoding: 'utf8' });
  return `${stdout}${stderr}`.includes('-grpc-tls-port');
}
