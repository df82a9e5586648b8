import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { publint } from 'publint';
import { type Packed, pack, root, run } from './project.js';

/** Bytes of the tarball, and of what is in it: whoever adds a tenth more should know why. */
const LARGEST_PACKED = 1_020_000;
const LARGEST_UNPACKED = 3_600_000;

describe('what npm pack holds', function () {
  this.timeout(60_000);
  let folder: string;
  let packed: Packed;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'connpool-pack-'));
    packed = await pack(folder);
  });

  after(() => rm(folder, { recursive: true, force: true }));

  it('is what users need: compiled code with types and source maps, and four files of text', () => {
    const others = packed.files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
    assert.deepEqual(others.sort(), ['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json']);
    const kinds = new Set(
      packed.files.map(({ path }) => path.replace(/^.*?(\.(d\.ts|js\.map|[a-z]+))$/, '$1')),
    );
    assert.deepEqual([...kinds].sort(), [
      '.css',
      '.d.ts',
      '.html',
      '.js',
      '.js.map',
      '.json',
      '.md',
      '.svg',
      '.txt',
      'LICENSE',
    ]);
  });

  it('stays small', () => {
    const { size, unpackedSize } = packed;
    assert.ok(size < LARGEST_PACKED, `${size} bytes packed`);
    assert.ok(unpackedSize < LARGEST_UNPACKED, `${unpackedSize} bytes unpacked`);
  });

  it('has a manifest that every tool understands, says publint', async () => {
    const { messages } = await publint({ pkgDir: root, pack: false });
    assert.deepEqual(messages, []);
  });

  it('has types that resolve for every entry, says Are The Types Wrong', async () => {
    const attw = join(root, 'node_modules/@arethetypeswrong/cli/dist/index.js');
    await run(process.execPath, [attw, join(folder, packed.filename), '--profile', 'esm-only']);
  });
});
