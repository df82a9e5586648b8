import assert from 'node:assert/strict';
import { skipWithout } from '../../support/needs.js';
import { Project, run } from './project.js';

/** What `connpool codegen` does in a project; `failed` is its message. */
async function codegen({ folder }: Project): Promise<{ failed?: string; stdout: string }> {
  const flags = ['codegen', '--source', './client.ts', '--type', 'Client', '--output', './pool.ts'];
  try {
    return await run(process.execPath, ['node_modules/connpool/dist/cli/main.js', ...flags], { cwd: folder });
  } catch (error) {
    const { stderr, stdout } = error as { stderr: string; stdout: string };
    return { failed: stderr, stdout };
  }
}

describe('beside TypeScript 7, which has no compiler API, the packed package', function () {
  this.timeout(120_000);
  let project: Project;

  before(async function () {
    project = await Project.create();
    try {
      await project.install('--save-dev', 'typescript@7.0.2');
    } catch (error) {
      skipWithout(this, `TypeScript 7, which cannot be installed: ${String(error)}`);
    }
    await project.write('client.ts', 'export interface Client {\n  a(): number;\n}\n');
  });

  after(() => project.remove());

  it('is installed without complaint', async () => {
    await project.installPackage('commander');
  });

  it('has a codegen that says what to install, and works once that is done', async () => {
    const { failed } = await codegen(project);
    const [, install] = /7\.0\.2 brings no compiler for it: npm install (.*)$/m.exec(failed ?? '') ?? [];
    assert.ok(install !== undefined, failed);
    await project.install(...install.split(' '));
    assert.deepEqual(await codegen(project), { stdout: 'pool.ts written\n', stderr: '' });
  });
});
