import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { plan } from '../../../bench/pools/plan.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('npm run bench', function () {
  this.timeout(180_000);

  it('measures every contender in every case, and writes figures, ratios and goals to a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'connpool-bench-'));
    try {
      const out = join(folder, 'results.json');
      await promisify(execFile)(
        process.execPath,
        ['--import', 'tsx', 'bench/pools/run.ts', '--quick', '--out', out],
        { cwd: root, env: { ...process.env, NODE_V8_COVERAGE: undefined } },
      );
      const { results, goals } = JSON.parse(await readFile(out, 'utf8'));
      for (const { title, rows } of plan(true)) {
        for (const row of rows) assert.ok(Number.isFinite(results[title]?.[row]?.figure), `${title}: ${row}`);
        assert.equal(results[title].connpool.ratio, 1);
      }
      assert.equal(goals.length, 5);
      for (const goal of goals)
        assert.ok(typeof goal.met === 'boolean' && /^[\d.]+x$/.test(goal.found), goal.aim);
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
