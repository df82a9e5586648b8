import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { root } from './project.js';

interface Job {
  readonly container?: string;
  readonly strategy?: { readonly matrix: { readonly node: readonly (string | number)[] } };
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
}

async function jobOf(workflow: string, name: string): Promise<Job> {
  const text = await readFile(join(root, '.github/workflows', `${workflow}.yml`), 'utf8');
  const { jobs } = parse(text) as { jobs: Readonly<Record<string, Job>> };
  return jobs[name] ?? assert.fail(`${workflow}.yml has no job ${name}`);
}

const commands = ({ steps }: Job) => steps.flatMap(({ run }) => (run === undefined ? [] : [run]));

describe('the workflows', () => {
  it('test on every supported line of Node.js and the newest one, as .ci/run does', async () => {
    const job = await jobOf('ci', 'test');
    assert.deepEqual(commands(job), ['.ci/run']);
    assert.deepEqual(job.strategy?.matrix.node, [20, 22, 24, 'current']);
  });

  it('run on Debian, whose packages .ci/run asks for', async () => {
    for (const [workflow, name] of [
      ['ci', 'test'],
      ['publish', 'publish'],
    ] as const) {
      const { container } = await jobOf(workflow, name);
      assert.match(container ?? '', /^node:.*-bookworm$/, workflow);
    }
  });

  it('publish with provenance, once everything passes', async () => {
    const job = await jobOf('publish', 'publish');
    assert.equal(job.permissions?.['id-token'], 'write');
    const run = commands(job);
    assert.equal(run[0], '.ci/run');
    assert.match(run.at(-1) ?? '', /^npm publish --provenance/);
  });
});
