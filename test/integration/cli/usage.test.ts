import assert from 'node:assert/strict';
import manifest from '../../../package.json' with { type: 'json' };
import { cli } from './cli-process.js';

const COMMANDS = ['demo', 'start', 'stats', 'health', 'check', 'bench', 'completion'];

describe('the command line', function () {
  this.timeout(30_000);

  it('lists its commands, exit codes and examples', async () => {
    const { exitCode, stdout, stderr } = await cli('--help');
    assert.equal(exitCode, 0);
    assert.equal(stderr, '');
    for (const command of COMMANDS) assert.match(stdout, new RegExp(`^  ${command} `, 'm'));
    assert.match(stdout, /Exit codes:\n {2}0 /);
    assert.match(stdout, /Examples:\n {2}connpool demo/);
  });

  for (const command of COMMANDS) {
    it(`explains ${command}, with examples, and without colours in a pipe`, async () => {
      const { exitCode, stdout } = await cli(command, '--help');
      assert.equal(exitCode, 0);
      assert.match(stdout, new RegExp(`^Usage: connpool ${command}`));
      assert.match(stdout, /Examples?:\n {2}.*connpool /);
      assert.ok(!stdout.includes('\u001b'));
    });
  }

  it('says its version', async () => {
    const { exitCode, stdout } = await cli('--version');
    assert.equal(exitCode, 0);
    assert.equal(stdout, `${manifest.version}\n`);
  });

  it('ends with 2 and its help when no command is given', async () => {
    const { exitCode, stdout, stderr } = await cli();
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /^Usage: connpool/);
  });

  it('suggests what was probably meant, and ends with 2', async () => {
    const { exitCode, stdout, stderr } = await cli('strat');
    assert.equal(exitCode, 2);
    assert.equal(stdout, '');
    assert.match(stderr, /unknown command 'strat'\n\(Did you mean start\?\)/);
  });
});
