// npm run bench [-- --quick] [-- --out FILE]: this pool beside others, in one run.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { startServerProcess } from '../../examples/thrift/server-process.js';
import { measureAll, writeReport } from '../report.js';
import { goals, printGoals } from './goals.js';
import { plan } from './plan.js';
import { thriftMeasurement } from './thrift-measurement.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('../results.json', import.meta.url)) },
  },
});
const server = await startServerProcess('--port', '0');
const results = await measureAll([...plan(values.quick), thriftMeasurement(server.address, values.quick)]);
await server.stop();

const reached = goals(results);
printGoals(reached);
await writeReport(values.out, { results, goals: reached });
