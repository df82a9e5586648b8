import assert from 'node:assert/strict';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { followInputs } from '../../../lib/cli/follow-inputs.js';
import { recordHandles } from '../../support/handles.js';
import { within } from '../../support/wait-for.js';

describe('What connpool codegen --watch follows', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'connpool-follow-'));
    file = path.join(folder, 'client.ts');
    await writeFile(file, 'a');
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is a file that is replaced, and leaves no watcher', async () => {
    await null; // mocha starts the test's own timer when it has been given the promise
    const handles = recordHandles();
    const changed = followInputs([file], Date.now() + 1_000, new AbortController().signal);
    await writeFile(path.join(folder, 'new'), 'b');
    await rename(path.join(folder, 'new'), file);
    assert.equal(await within('the change', changed), true);
    await handles.assertNoneLeft();
  });

  it('is a file that was written while it was being read', async () => {
    const since = Date.now();
    await writeFile(file, 'b');
    const changed = followInputs([file], since, new AbortController().signal);
    assert.equal(await within('the change', changed), true);
  });

  it('ends with its signal, and leaves no watcher', async () => {
    await null;
    const handles = recordHandles();
    const controller = new AbortController();
    const changed = followInputs([file], Date.now() + 1_000, controller.signal);
    controller.abort();
    assert.equal(await within('the end', changed), false);
    assert.equal(await followInputs([file], Date.now() + 1_000, controller.signal), false);
    await handles.assertNoneLeft();
  });
});
