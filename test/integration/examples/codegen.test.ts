import assert from 'node:assert/strict';
import { inProcess } from '../../unit/cli/in-process.js';
import { runExample } from './run-example.js';

const FLAGS =
  '--source examples/codegen/price-client.ts --type PriceClient --output examples/codegen/generated/price-client-pool.ts';

describe('npm run example:codegen', function () {
  this.timeout(60_000);

  it('has a generated class that is up to date', async () => {
    const { exitCode, stdout, stderr } = await inProcess('codegen', ...FLAGS.split(' '), '--check');
    assert.equal(exitCode, 0, stdout + stderr);
  });

  it('spreads the calls of the generated class', async () => {
    const { exitCode, output, errors } = await runExample('codegen');
    assert.equal(exitCode, 0, output + errors);
    assert.equal(errors, '');
    assert.match(
      output,
      /tea: 300 cents, says \w+\ncoffee: 600 cents, says \w+\nmilk: 400 cents, says \w+\n/,
    );
    assert.equal(new Set(output.match(/says \w+/g)).size, 3);
    assert.match(output, /calls: price_of 3, prices_of 1, convert 1\n$/);
  });
});
