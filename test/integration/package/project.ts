import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What `npm pack` says of a package. */
export interface Packed {
  readonly filename: string;
  /** Bytes. */
  readonly size: number;
  readonly unpackedSize: number;
  readonly files: readonly { readonly path: string; readonly size: number }[];
}

/** Packs what was built; the tarball goes to `folder`. */
export async function pack(folder: string): Promise<Packed> {
  const flags = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const { stdout } = await run('npm', flags, { cwd: root, maxBuffer: 2 ** 26 });
  return JSON.parse(stdout)[0];
}

/** An empty project outside of this repository. */
export class Project {
  private constructor(readonly folder: string) {}

  static async create(): Promise<Project> {
    const project = new Project(await mkdtemp(join(tmpdir(), 'connpool-project-')));
    await project.write('package.json', '{ "private": true }');
    return project;
  }

  /** What the package is like in it: packed and installed, with no optional peer unless named. */
  static async withPackage(...others: string[]): Promise<Project> {
    const project = await Project.create();
    await project.installPackage(...others);
    return project;
  }

  async installPackage(...others: string[]): Promise<void> {
    const { filename } = await pack(this.folder);
    await this.install(this.path(filename), ...others);
  }

  async install(...packages: string[]): Promise<void> {
    const flags = ['install', '--no-audit', '--no-fund', '--prefer-offline', '--loglevel=error'];
    await run('npm', [...flags, ...packages], { cwd: this.folder, timeout: 120_000 });
  }

  path(file: string): string {
    return join(this.folder, file);
  }

  async write(file: string, text: string): Promise<void> {
    await mkdir(dirname(this.path(file)), { recursive: true });
    await writeFile(this.path(file), text);
  }

  /** What a file of the project prints. */
  async node(file: string): Promise<string> {
    return (await run(process.execPath, [file], { cwd: this.folder, timeout: 30_000 })).stdout;
  }

  async remove(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}
