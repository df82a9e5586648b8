import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { generateWrapper } from '../../../lib/codegen/index.js';
import { cases } from './fixtures/cases.js';

// CONNPOOL_WRITE_GOLDEN=1 writes what is generated now, to be looked at before it is kept.
describe('connpool codegen generates', function () {
  this.timeout(60_000);
  for (const [name, options] of Object.entries(cases)) {
    it(`the same as ever for ${name}`, async () => {
      const { file, text } = await generateWrapper(options);
      if (process.env.CONNPOOL_WRITE_GOLDEN === '1') writeFileSync(file, text);
      assert.equal(text, readFileSync(file, 'utf8'));
    });
  }

  it('the same text twice, with the files that it was made of', async () => {
    const options = cases.alias!;
    const [first, second] = await Promise.all([generateWrapper(options), generateWrapper(options)]);
    assert.deepEqual(first, second);
    const names = first.inputs.map((name) => name.replace(/^.*\//, '')).sort();
    assert.deepEqual(names, ['alias.ts', 'class.ts', 'interface.ts', 'items.ts']);
  });
});
