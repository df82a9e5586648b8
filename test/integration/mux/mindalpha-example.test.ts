import assert from 'node:assert/strict';
import { needs } from '../../support/needs.js';
import { NO_PROGRAMS, runScript } from './run-example.js';

const MAIN = 'examples/mindalpha/main.ts';

/** What it prints but for the first line, whatever the servers are found by. */
function checkOutput(stdout: string): void {
  assert.match(stdout, /4000 at once, 4000 right answers over [3-6] connections/);
  for (const share of ['large 2000', 'small 1000', 'plain 1000']) assert.ok(stdout.includes(share), stdout);
  const death =
    /'large' was killed .*: (\d+) requests started = (\d+) answers \+ (\d+) errors.*, 0 without an end/.exec(
      stdout,
    );
  assert.ok(death !== null, stdout);
  assert.equal(Number(death[1]), Number(death[2]) + Number(death[3]));
}

describe('the MindAlpha example', function () {
  this.timeout(60_000);

  it('shares out requests by weight over a static list when there is no Consul', async () => {
    const { stdout, stderr } = await runScript(MAIN, [], NO_PROGRAMS);
    assert.match(stdout, /^discovery: a static list; the program consul is not installed\n/);
    checkOutput(stdout);
    assert.equal(stderr, '');
  });

  it('finds its servers and their weights through Consul, which it starts itself', async function () {
    needs(this, 'consul');
    const { stdout } = await runScript(MAIN);
    assert.match(stdout, /^discovery: Consul at 127\.0\.0\.1:\d+, started for this example\n/);
    assert.match(stdout, /\(weight 400\).*\n/);
    assert.equal(stdout.match(/\(weight 200\)/g)?.length, 2);
    checkOutput(stdout);
  });
});
