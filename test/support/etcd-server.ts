import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Context } from 'mocha';
import { EtcdApi } from './etcd-api.js';
import { freePorts } from './free-ports.js';
import type { KeyPair } from './tls.js';
import { waitFor } from './wait-for.js';

/** How an {@link EtcdServer} is started. */
export interface EtcdServerOptions {
  /** TLS, and clients must show a certificate of the same authority. @default plain */
  readonly tls?: { readonly ca: string; readonly server: KeyPair; readonly client: KeyPair };
}

/** A single etcd server in a process of its own, on ports that stay the same, with its data in a folder. */
export class EtcdServer implements AsyncDisposable {
  readonly host = '127.0.0.1';
  readonly api: EtcdApi;
  #child: ChildProcess | undefined;

  private constructor(
    readonly port: number,
    private readonly peerPort: number,
    private readonly dir: string,
    private readonly options: EtcdServerOptions,
  ) {
    this.api = new EtcdApi(port, options.tls);
  }

  /** Starts a server; undefined when there is no such program. */
  static async start(options: EtcdServerOptions = {}): Promise<EtcdServer | undefined> {
    if (!(await isInstalled())) return undefined;
    for (let attempt = 1; ; attempt++) {
      const [port = 0, peerPort = 0] = await freePorts(2);
      const dir = await mkdtemp(join(tmpdir(), 'connpool-etcd-'));
      const server = new EtcdServer(port, peerPort, dir, options);
      try {
        await server.restart();
        return server;
      } catch (error) {
        await server.stop();
        // Somebody else may have taken a port meanwhile.
        if (attempt === 3) throw error;
      }
    }
  }

  /** `host:port` for clients. */
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

  /** Stops the process where it stands, as a machine that hangs. */
  freeze(): void {
    this.#child?.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child?.kill('SIGCONT');
  }

  /** Forgets everything; only while it does not run. */
  async wipe(): Promise<void> {
    await rm(join(this.dir, 'data'), { recursive: true, force: true });
  }

  /** Starts it (again), with the data it had. */
  async restart(): Promise<void> {
    const child = spawn('etcd', await this.#flags(), { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', (chunk) => {
        output += chunk;
      });
    }
    const isReady = async () => {
      if (child.exitCode !== null) throw new Error(`etcd ended with ${child.exitCode}: ${output}`);
      return this.api.isHealthy();
    };
    await waitFor('etcd to be ready', isReady, { timeoutMs: 15_000 });
  }

  /** Ends it for good and removes its files. */
  async stop(): Promise<void> {
    await this.kill();
    await rm(this.dir, { recursive: true, force: true });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  async #flags(): Promise<string[]> {
    const { tls } = this.options;
    const client = `${tls === undefined ? 'http' : 'https'}://${this.address}`;
    const peer = `http://${this.host}:${this.peerPort}`;
    return [
      ...['--data-dir', join(this.dir, 'data'), '--log-level', 'error'],
      ...['--listen-client-urls', client, '--advertise-client-urls', client],
      ...['--listen-peer-urls', peer, '--initial-advertise-peer-urls', peer],
      ...['--initial-cluster', `default=${peer}`],
      // It has nobody to wait for before it elects itself.
      ...['--heartbeat-interval', '20', '--election-timeout', '200'],
      ...(tls === undefined ? [] : await this.#tlsFlags(tls)),
    ];
  }

  async #tlsFlags({ ca, server }: NonNullable<EtcdServerOptions['tls']>): Promise<string[]> {
    const file = async (name: string, content: string) => {
      const path = join(this.dir, name);
      await writeFile(path, content);
      return path;
    };
    return [
      ...[
        '--cert-file',
        await file('cert.pem', server.cert),
        '--key-file',
        await file('key.pem', server.key),
      ],
      ...['--client-cert-auth', '--trusted-ca-file', await file('ca.pem', ca)],
    ];
  }
}

/** Starts a server; without the program the tests are skipped, or fail where servers are required. */
export async function requireEtcd(test: Context, options?: EtcdServerOptions): Promise<EtcdServer> {
  const server = await EtcdServer.start(options);
  if (server !== undefined) return server;
  assert.notEqual(process.env.CONNPOOL_REQUIRE_SERVERS, '1', 'etcd is required here, but not installed');
  console.log('    skipped: these tests need the program etcd, which is not installed');
  return test.skip();
}

async function isInstalled(): Promise<boolean> {
  try {
    await promisify(execFile)('etcd', ['--version']);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
