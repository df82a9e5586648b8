import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import { skipWithout } from '../../support/needs.js';
import { TcpServer } from '../../support/tcp-server.js';
import { Project, root, run } from '../package/project.js';

const PROBE = fileURLToPath(new URL('./probe.mjs', import.meta.url));

/** How each runtime runs a file; Bun and Deno come as npm packages. */
const runtimes = {
  node: (project: Project, file: string) => [process.execPath, project.path(file)],
  bun: (project: Project, file: string) => [project.path('node_modules/.bin/bun'), project.path(file)],
  deno: (project: Project, file: string) => [
    project.path('node_modules/.bin/deno'),
    'run',
    '-A',
    project.path(file),
  ],
};

/** What runs where, as docs/runtimes.md has it. */
const parts = ['pool', 'cluster', 'tcp', 'mux', 'thrift', 'grpc'] as const;

function echoOverGrpc(): Server {
  const server = new Server();
  const same = (value: Buffer) => value;
  server.register(
    '/probe/echo',
    (call: { request: Buffer }, done: (e: null, v: Buffer) => void) => done(null, call.request),
    same,
    same,
    'unary',
  );
  return server;
}

describe('on other runtimes', function () {
  this.timeout(120_000);
  let project: Project;
  let thrift: ServerProcess;
  let tcp: TcpServer;
  let rpc: Server;
  const ports: Record<(typeof parts)[number], string> = {
    pool: '0',
    cluster: '0',
    tcp: '',
    mux: '',
    thrift: '',
    grpc: '',
  };

  before(async function () {
    try {
      project = await Project.withPackage('thrift', '@grpc/grpc-js', '@grpc/proto-loader', 'bun', 'deno');
    } catch (error) {
      skipWithout(this, `Bun and Deno, which cannot be installed: ${String(error)}`);
    }
    await cp(PROBE, project.path('probe.mjs'));
    await cp(join(root, 'examples/thrift/gen-nodejs'), project.path('gen-nodejs'), { recursive: true });
    thrift = await startServerProcess('--port', '0');
    tcp = await TcpServer.start();
    rpc = echoOverGrpc();
    const port = await new Promise<number>((resolve, reject) => {
      rpc.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    Object.assign(ports, { tcp: `${tcp.port}`, mux: `${tcp.port}`, thrift: thrift.address, grpc: `${port}` });
  });

  after(async () => {
    rpc?.forceShutdown();
    await tcp?.close();
    await thrift?.stop();
    await project?.remove();
  });

  for (const [runtime, command] of Object.entries(runtimes)) {
    for (const part of parts) {
      it(`${runtime} runs ${part}, and ends by itself`, async () => {
        const [file = '', ...flags] = command(project, 'probe.mjs');
        const { stdout } = await run(file, [...flags, part, ports[part]], {
          cwd: project.folder,
          timeout: 20_000,
        });
        assert.equal(stdout, 'ok\n');
      });
    }
  }

  it('is what docs/runtimes.md says', async () => {
    const page = await readFile(join(root, 'docs/runtimes.md'), 'utf8');
    for (const part of parts) assert.match(page, new RegExp(`\\| ${part} \\| yes \\| yes \\| yes \\|`));
  });
});
