import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const root = fileURLToPath(new URL('../../..', import.meta.url));

describe('examples/grpc', () => {
  it('runs with one command, shows what the pool does, and ends by itself', async () => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', 'examples/grpc/main.ts'],
      { cwd: root, timeout: 15_000 },
    );
    assert.match(stdout, /^exclusive +500 callers, 500 right answers over 4 connections/m);
    assert.match(stdout, /^shared +500 callers, 500 right answers over 2 connections/m);
    assert.match(stdout, /^stream +3 messages, the last: Hello, you, for the 3\. time!/m);
    assert.match(stdout, /^refusal +3 INVALID_ARGUMENT: .*; connection kept/m);
    assert.match(stdout, /^deadline +DEADLINE_EXCEEDED/m);
    assert.match(stdout, /^restart +\d+ calls = \d+ answers \+ \d+ connection errors, 0 without an end/m);
  });
});
