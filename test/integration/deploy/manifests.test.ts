import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import { parseAllDocuments } from 'yaml';
import manifest from '../../../package.json' with { type: 'json' };

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../..', import.meta.url));
const deploy = join(root, 'deploy');

interface Probe {
  readonly httpGet: { readonly path: string; readonly port: string };
}

/** What the tests read of a manifest. */
interface Deployment {
  readonly spec: {
    readonly template: {
      readonly metadata: {
        readonly annotations: Record<string, string>;
        readonly labels: Record<string, string>;
      };
      readonly spec: {
        readonly terminationGracePeriodSeconds: number;
        readonly securityContext: { readonly runAsNonRoot: boolean };
        readonly containers: readonly {
          readonly args: readonly string[];
          readonly ports: readonly { name: string; containerPort: number }[];
          readonly readinessProbe: Probe;
          readonly livenessProbe: Probe;
          readonly volumeMounts: readonly { mountPath: string; subPath?: string }[];
        }[];
      };
    };
  };
}

interface Compose {
  readonly services: Record<
    string,
    { entrypoint?: string[]; environment?: Record<string, string>; volumes?: string[] }
  >;
}

async function documentsOf(file: string): Promise<unknown[]> {
  const documents = parseAllDocuments(await readFile(join(deploy, file), 'utf8'), { merge: true });
  return documents.map((document) => {
    assert.deepEqual([...document.errors, ...document.warnings], [], file);
    return document.toJS();
  });
}

async function documentOf<T>(file: string): Promise<T> {
  return (await documentsOf(file))[0] as T;
}

describe('files of deploy/', () => {
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-deploy-'));
  });

  after(() => rm(folder, { recursive: true, force: true }));

  /** Runs `connpool check` on a config; gives the config with its defaults. */
  async function check(text: string, env: Record<string, string>) {
    const file = join(folder, 'connpool.yaml');
    await writeFile(file, text);
    const words = ['--import', 'tsx', join(root, 'lib/cli/main.ts'), 'check', '--json', file];
    const { stdout } = await run(process.execPath, words, { cwd: root, env: { ...process.env, ...env } });
    return JSON.parse(stdout);
  }

  it('parse: every YAML and JSON file', async () => {
    const files = (await readdir(deploy, { recursive: true })).filter((name) => /\.(ya?ml|json)$/.test(name));
    assert.ok(files.length >= 11);
    for (const file of files) for (const content of await documentsOf(file)) assert.ok(content, file);
  });

  it('have a config for Kubernetes that connpool takes', async () => {
    const { data } = await documentOf<{ data: Record<string, string> }>('k8s/configmap.yaml');
    const config = await check(data['connpool.yaml']!, { POD_IP: '10.1.2.3' });
    assert.deepEqual(Object.keys(config.services), ['users', 'search']);
    assert.ok(config.admin.allowedHosts.includes('10.1.2.3'));
    const { spec } = (await documentOf<Deployment>('k8s/deployment.yaml')).spec.template;
    assert.ok(spec.terminationGracePeriodSeconds * 1000 > config.stopTimeout);
    const port = spec.containers[0]!.ports.find(({ name }) => name === 'admin');
    assert.equal(port?.containerPort, config.admin.port);
  });

  it('have a config for Compose that connpool takes', async () => {
    const config = await check(await readFile(join(deploy, 'compose/connpool.yaml'), 'utf8'), {
      CONSUL_ADDR: 'consul:8500',
    });
    assert.equal(config.services.demo.discovery.address, 'consul:8500');
    assert.deepEqual(config.admin.allowedHosts, ['connpool']);
  });

  it('probe /health in Kubernetes, ask Prometheus to scrape, and run without rights', async () => {
    const { metadata, spec } = (await documentOf<Deployment>('k8s/deployment.yaml')).spec.template;
    const [container] = spec.containers;
    assert.deepEqual(container!.readinessProbe.httpGet, { path: '/health', port: 'admin' });
    assert.deepEqual(container!.livenessProbe.httpGet, { path: '/', port: 'admin' });
    assert.deepEqual(metadata.annotations, {
      'prometheus.io/scrape': 'true',
      'prometheus.io/port': '9090',
      'prometheus.io/path': '/metrics',
    });
    assert.equal(spec.securityContext.runAsNonRoot, true);
    assert.deepEqual(
      container!.volumeMounts.map(({ subPath }) => subPath),
      [undefined],
    );
    assert.equal(container!.args.at(-1), '/etc/connpool/connpool.yaml');
    const { resources } = await documentOf<{ resources: string[] }>('k8s/kustomization.yaml');
    const files = (await readdir(join(deploy, 'k8s'))).filter((name) => name !== 'kustomization.yaml');
    assert.deepEqual([...resources].sort(), files.sort());
  });

  it('start three demo servers in Compose, and mount files that exist', async () => {
    const { services } = await documentOf<Compose>('docker-compose.yml');
    const servers = Object.entries(services).filter(
      ([, { entrypoint }]) => entrypoint?.[1] === '/app/demo-server.mjs',
    );
    assert.equal(servers.length, 3);
    for (const [name, { environment }] of servers) assert.equal(environment?.HOST, name);
    for (const { volumes = [] } of Object.values(services)) {
      for (const volume of volumes) await readdir(join(deploy, volume.split(':')[0]!)).catch(ifFile);
    }
  });

  it('build an image in stages that ends with a user without rights', async () => {
    const lines = (await readFile(join(deploy, 'Dockerfile'), 'utf8')).split('\n');
    assert.ok(lines.filter((line) => line.startsWith('FROM ')).length > 1);
    assert.deepEqual(
      lines.filter((line) => line.startsWith('USER ')),
      ['USER node'],
    );
    for (const source of lines.flatMap((line) => /^COPY (deploy\S+)/.exec(line)?.[1] ?? [])) {
      await readFile(join(root, source));
    }
  });

  it('install peers that the package allows, at the versions of the lock file', async () => {
    const { stdout } = await run(process.execPath, [join(deploy, 'peers.mjs')]);
    const peers = stdout.trim().split(' ');
    assert.ok(peers.includes(`hono@${await lockedVersion('hono')}`), stdout);
    for (const peer of peers) {
      const [, name, version] = /^(.+)@(\d+\.\d+\.\d+)$/.exec(peer)!;
      assert.ok(Object.hasOwn(manifest.peerDependencies, name!), `${name} is no optional peer`);
      assert.equal(version, await lockedVersion(name!));
    }
  });
});

async function lockedVersion(name: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'node_modules', name, 'package.json'), 'utf8'));
  return version;
}

function ifFile(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOTDIR') throw error;
}
