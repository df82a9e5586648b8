import assert from 'node:assert/strict';
import { codeBlocks, documentBlocks, documents } from './code-blocks.js';
import { surroundings } from './surroundings.js';
import { typeErrors } from './type-check.js';

/** With mistakes in it, to see that they are found. */
const WRONG = `A document
\`\`\`ts
import { Cluster } from 'connpool';
new Cluster({ breaker: { maxFails: 'three' } });
\`\`\`
and
\`\`\`ts
import { tcpPool } from 'connpool/tcp';
const pool = tcpPool({ host: '127.0.0.1', port: 7 });
const answer: number = await pool.do(() => 'text');
await unknownToAll(answer);
\`\`\``;

describe('the TypeScript in README.md and docs', function () {
  this.timeout(60_000);
  let errors: readonly string[];

  before(() => {
    errors = typeErrors([...documentBlocks(), ...codeBlocks('wrong.md', WRONG)], surroundings);
  });

  for (const name of documents) {
    it(`compiles in ${name} as it stands`, () => {
      assert.deepEqual(
        errors.filter((error) => error.startsWith(`${name}:`)),
        [],
      );
    });
  }

  it('is really checked: mistakes are found, on their lines', () => {
    const found = errors.filter((error) => error.startsWith('wrong.md:'));
    assert.deepEqual(
      found.map((error) => error.slice(0, 'wrong.md:10'.length).replace(/:$/, '')),
      ['wrong.md:4', 'wrong.md:10', 'wrong.md:11'],
      found.join('\n'),
    );
  });

  it('causes no error anywhere else', () => {
    const elsewhere = errors.filter(
      (error) => ![...documents, 'wrong.md'].some((d) => error.startsWith(`${d}:`)),
    );
    assert.deepEqual(elsewhere, []);
  });
});
