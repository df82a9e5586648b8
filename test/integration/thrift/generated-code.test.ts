import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { needs } from '../../support/needs.js';

const run = promisify(execFile);
const example = fileURLToPath(new URL('../../../examples/thrift/', import.meta.url));

describe('the generated code of examples/thrift', () => {
  it('is what the Thrift compiler makes of the IDL', async function () {
    needs(this, 'thrift');
    const folder = await mkdtemp(join(tmpdir(), 'connpool-thrift-'));
    try {
      await run('thrift', ['--gen', 'js:node,es6,ts', '-out', folder, join(example, 'echo.thrift')]);
      const files = await readdir(folder);
      assert.ok(files.includes('EchoService.js'));
      for (const file of files) {
        const committed = await readFile(join(example, 'gen-nodejs', file), 'utf8');
        assert.equal(
          withoutVersion(committed),
          withoutVersion(await readFile(join(folder, file), 'utf8')),
          file,
        );
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function withoutVersion(code: string): string {
  return code.replace(/Thrift Compiler \([\d.]+\)/, 'Thrift Compiler');
}
