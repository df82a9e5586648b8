// Measures one case of one pool in this process, which does nothing else: pools measured in one process would share
// inline caches and heap. Prints the fastest round, in ns per operation: on a shared machine everything but the
// fastest is mostly the neighbours.
import { cases } from './cases.js';
import { contenders } from './contenders.js';

const [contender = '', name = '', rounds = '', operations = ''] = process.argv.slice(2);
const pool = contenders[contender]?.();
const run = cases[name];
if (pool === undefined || run === undefined) throw new Error(`no such case: ${contender}, ${name}`);

const count = Number(operations);
await run(pool, count);
let fastest = Number.POSITIVE_INFINITY;
for (let round = 0; round < Number(rounds); round++) {
  const from = process.hrtime.bigint();
  await run(pool, count);
  fastest = Math.min(fastest, Number(process.hrtime.bigint() - from) / count);
}
console.log(fastest);
process.exit(0);
