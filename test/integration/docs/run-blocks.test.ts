import assert from 'node:assert/strict';
import { BlockProject } from './block-project.js';
import type { BlockRun } from './block-runs/block-run.js';
import { BLOCK_RUNS, NOT_RUN } from './block-runs.js';
import { BlockServers } from './block-servers.js';
import { type CodeBlock, documentBlocks } from './code-blocks.js';

const blocks = documentBlocks();
const isMeant = (block: CodeBlock) => (run: Pick<BlockRun, 'document' | 'holds'>) =>
  block.document === run.document && block.code.includes(run.holds);

describe('the code of README.md and docs, run as it stands', function () {
  this.timeout(60_000);
  let project: BlockProject;
  const servers = new BlockServers();

  before(async () => {
    project = await BlockProject.create();
  });

  after(async () => {
    await servers.stop();
    await project.remove();
  });

  it('is run or named, with a reason, among what is not', () => {
    const named = [...BLOCK_RUNS, ...NOT_RUN];
    for (const block of blocks) {
      const { length } = named.filter(isMeant(block));
      assert.equal(length, 1, `${length} entries mean the block at ${block.document}:${block.line}`);
    }
    assert.equal(named.length, blocks.length, 'an entry means no block');
  });

  for (const block of blocks) {
    const run = BLOCK_RUNS.find(isMeant(block));
    if (run === undefined) continue;
    it(`works and ends: ${block.document}, line ${block.line}`, async function () {
      let code = [run.before, block.code, run.after].join('\n');
      for (const [from, to] of (await run.replace?.(servers, project, this)) ?? []) {
        assert.ok(code.includes(from), `there is no ${from}`);
        code = code.replaceAll(from, to);
      }
      const result = await project.run(code);
      assert.equal(result.stderr, '');
      assert.equal(result.code, 0, `it did not end by itself; it printed: ${result.stdout}`);
      if (typeof run.prints === 'string') assert.equal(result.stdout, run.prints);
      else assert.match(result.stdout, run.prints);
    });
  }
});
