import { rm } from 'node:fs/promises';
import type { Context } from 'mocha';
import { BinaryServer, launch } from './binary-server.js';
import { EtcdApi } from './etcd-api.js';
import { needs } from './needs.js';
import type { KeyPair } from './tls.js';

/** How an {@link EtcdServer} is started. */
export interface EtcdServerOptions {
  /** TLS, and clients must show a certificate of the same authority. @default plain */
  readonly tls?: { readonly ca: string; readonly server: KeyPair; readonly client: KeyPair };
}

/** A single etcd server on ports that stay the same; what it knows is still there after a restart. */
export class EtcdServer extends BinaryServer {
  readonly api: EtcdApi;

  constructor(
    dir: string,
    readonly port: number,
    private readonly peerPort: number,
    private readonly options: EtcdServerOptions,
  ) {
    super(dir);
    this.api = new EtcdApi(port, options.tls);
  }

  /** `host:port` for clients. */
  get address(): string {
    return `${this.host}:${this.port}`;
  }

  /** Forgets everything; only while it does not run. */
  async wipe(): Promise<void> {
    await rm(this.file('data'), { recursive: true, force: true });
  }

  protected async command(): Promise<string[]> {
    const { tls } = this.options;
    const client = `${tls === undefined ? 'http' : 'https'}://${this.address}`;
    const peer = `http://${this.host}:${this.peerPort}`;
    return [
      ...['etcd', '--data-dir', this.file('data'), '--log-level', 'error'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`],
      // It has nobody to wait for before it elects itself.
      ...['--heartbeat-interval', '20', '--election-timeout', '200'],
      ...(tls === undefined ? [] : await this.#tlsFlags(tls)),
    ];
  }

  protected isReady(): Promise<boolean> {
    return this.api.isHealthy();
  }

  async #tlsFlags({ ca, server }: NonNullable<EtcdServerOptions['tls']>): Promise<string[]> {
    return [
      ...['--cert-file', await this.write('cert.pem', server.cert)],
      ...['--key-file', await this.write('key.pem', server.key)],
      ...['--client-cert-auth', '--trusted-ca-file', await this.write('ca.pem', ca)],
    ];
  }
}

/** Starts a server; without the program the tests are skipped, or fail where servers are required. */
export function requireEtcd(test: Context, options: EtcdServerOptions = {}): Promise<EtcdServer> {
  needs(test, 'etcd');
  return launch(2, (dir, [port = 0, peerPort = 0]) => new EtcdServer(dir, port, peerPort, options));
}
