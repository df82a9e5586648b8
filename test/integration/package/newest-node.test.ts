import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { skipWithout } from '../../support/needs.js';
import { Project, root, run } from './project.js';

/** The binary of the newest Node.js, which the npm package `node` carries; where it cannot be had the tests are skipped. */
async function newestNode(test: Context, project: Project): Promise<string> {
  try {
    await project.install('node@latest');
    const binary = project.path('node_modules/node/bin/node');
    await run(binary, ['--version']);
    return binary;
  } catch (error) {
    return skipWithout(test, `the newest Node.js, which cannot be installed: ${String(error)}`);
  }
}

describe('on the newest Node.js', function () {
  this.timeout(300_000);
  let project: Project;
  let node: string;

  before(async function () {
    project = await Project.create();
    node = await newestNode(this, project);
  });

  after(() => project.remove());

  it('all unit tests pass', async () => {
    const { stdout } = await run(node, ['node_modules/mocha/bin/mocha.js', 'test/unit/**/*.test.ts'], {
      cwd: root,
      maxBuffer: 2 ** 26,
      // The message of a failed run has only what went to standard error: which test failed stands in the report.
    }).catch((error: { stdout: string }) => assert.fail(error.stdout.slice(-5_000)));
    assert.match(stdout, /^[1-9]\d{2,} passed, 0 failed$/m);
  });

  it('await using gives a connection back without any compiler', async () => {
    await project.write(
      'using.mjs',
      `import { ConnPool } from ${JSON.stringify(new URL('../../../dist/index.js', import.meta.url).href)};
       const pool = new ConnPool({ dial: () => ({}), close() {} });
       {
         await using transport = await pool.get();
         console.log(pool.stats().inUse, typeof transport.client);
       }
       console.log(pool.stats().inUse, pool.stats().idle);
       await using atTheEnd = pool;`,
    );
    const { stdout } = await run(node, [project.path('using.mjs')]);
    assert.equal(stdout, '1 object\n0 1\n');
  });
});
