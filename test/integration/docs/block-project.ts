import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { tlsFixture } from '../../support/tls.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const LIMIT_MS = 15_000;

/** What the documents import. */
const PACKAGES = [
  '@grpc/grpc-js',
  '@grpc/proto-loader',
  '@opentelemetry/api',
  'generic-pool',
  'ioredis',
  'lightning-pool',
  'node-int64',
  'prom-client',
  'rate-limiter-flexible',
  'sequelize-pool',
  'tarn',
  'thrift',
];

/** What they import from beside them: the sources of examples. */
const SOURCES = ['codegen', 'grpc', 'http-clients'];

/** A reader's project, where the documents' code is run as JavaScript against the built package. */
export class BlockProject {
  private constructor(readonly folder: string) {}

  static async create(): Promise<BlockProject> {
    const project = new BlockProject(await mkdtemp(join(tmpdir(), 'connpool-docs-')));
    await project.write('package.json', '{ "type": "module" }');
    await project.write('authority.pem', (await tlsFixture()).ca);
    await project.#link('connpool', root);
    for (const name of PACKAGES) await project.#link(name, join(root, 'node_modules', name));
    for (const example of SOURCES) await project.#transpile(join(root, 'examples', example));
    await cp(join(root, 'examples/grpc/greeter.proto'), join(project.folder, 'greeter.proto'));
    await cp(join(root, 'examples/thrift/gen-nodejs'), join(project.folder, 'gen-nodejs'), {
      recursive: true,
    });
    return project;
  }

  async write(file: string, text: string): Promise<string> {
    const path = join(this.folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
    return path;
  }

  /** Runs TypeScript as a module in a process of its own. `code`: null when it did not end in time. */
  async run(code: string): Promise<{ code: number | null; stdout: string; stderr: string }> {
    const file = await this.write('block.js', javaScript(code));
    const child = spawn(process.execPath, [file], {
      cwd: this.folder,
      env: {
        ...process.env,
        GRPC_DEFAULT_SSL_ROOTS_FILE_PATH: join(this.folder, 'authority.pem'),
        NODE_V8_COVERAGE: undefined,
      },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LIMIT_MS,
      killSignal: 'SIGKILL',
    });
    const out = { stdout: '', stderr: '' };
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk) => {
        out[name] += chunk;
      });
    }
    const [exitCode] = await once(child, 'close');
    return { code: exitCode, ...out };
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  async #link(name: string, target: string): Promise<void> {
    const link = join(this.folder, 'node_modules', name);
    await mkdir(dirname(link), { recursive: true });
    await symlink(target, link);
  }

  async #transpile(source: string): Promise<void> {
    for (const file of await readdir(source, { recursive: true })) {
      if (!file.endsWith('.ts') || /main\.ts|server\.ts/.test(file)) continue;
      await this.write(file.replace(/\.ts$/, '.js'), javaScript(await readFile(join(source, file), 'utf8')));
    }
  }
}

function javaScript(code: string): string {
  const compilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
  };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}
