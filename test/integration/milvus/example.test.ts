import assert from 'node:assert/strict';
import { runExample } from '../examples/run-example.js';

describe('examples/milvus', function () {
  this.timeout(40_000);

  it('runs with one command, says that it has a stand-in, and ends by itself', async () => {
    const { exitCode, output, errors } = await runExample('milvus');
    assert.equal(exitCode, 0, errors);
    assert.match(output, /^a stand-in for Milvus at 127\.0\.0\.1:\d+: no live Milvus is part of this$/m);
    assert.match(output, /^clients: search, ingest$/m);
    assert.match(output, /^inserted 25 rows$/m);
    assert.match(output, /^ {2}id 13, at a distance of 0\.14$/m);
  });
});
