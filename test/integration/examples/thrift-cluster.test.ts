import assert from 'node:assert/strict';
import { type ExampleRun, runExample } from './run-example.js';

describe('npm run example:thrift-cluster', function () {
  this.timeout(40_000);
  let run: ExampleRun;

  before(async () => {
    run = await runExample('thrift-cluster', '--seconds', '2');
  });

  it('accounts for every call while a server is killed and revived, and uses it again', () => {
    const { exitCode, output, errors } = run;
    assert.equal(exitCode, 0, output + errors);
    assert.equal(errors, '');
    assert.match(output, /kill -9 \d+ \(doomed\)[\s\S]*breaker of doomed opens: \w+/);
    assert.match(output, /^doomed is started again$/m);
    assert.match(output, /^breaker of doomed closes$/m);
    const [, started, results, failed] =
      /(\d+) calls: (\d+) results, (\d+) errors; steady [^\n]*\n┌/.exec(output) ?? [];
    assert.equal(Number(started), Number(results) + Number(failed));
    assert.ok(Number(results) > 200, output);
    assert.ok(Number(failed) < Number(started) / 50, output);
  });

  it('ends with a table that says for each server what it did', () => {
    const rows = [...run.output.matchAll(/^│ (steady|doomed|flaky) +│ '(\w[\w-]*)' +│ (\d+) +│ (\d+) +│/gm)];
    assert.deepEqual(
      rows.map(([, id, state]) => `${id} ${state}`),
      ['steady healthy', 'doomed healthy', 'flaky healthy'],
    );
    const [steady, doomed, flaky] = rows.map(([, , , calls, failures]) => ({ calls, failures }));
    assert.ok(Number(doomed?.calls) > 0);
    assert.ok(Number(flaky?.failures) > Number(steady?.failures), 'the flaky server cuts connections');
  });

  for (const flags of [['--seconds', 'many'], ['--seconds', '0'], ['--nonsense']]) {
    it(`says how it is used when it is given ${flags.join(' ')}`, async () => {
      const { exitCode, output, errors } = await runExample('thrift-cluster', ...flags);
      assert.equal(exitCode, 2);
      assert.equal(output, '');
      const [flag, value] = flags;
      assert.match(
        errors,
        new RegExp(value === undefined ? `'${flag}'` : `${flag} must be .*, got '${value}'`),
      );
      assert.match(errors, /usage: main\.ts \[--seconds 4\]/);
    });
  }
});
