// npm run bench [-- --quick] [-- --out FILE]: this pool beside others, in one run.
import { startServerProcess } from '../../examples/thrift/server-process.js';
import { flags, measureAll, writeReport } from '../report.js';
import { goals, printGoals } from './goals.js';
import { plan } from './plan.js';
import { thriftMeasurement } from './thrift-measurement.js';

const { quick, out } = flags('results.json');
const server = await startServerProcess('--port', '0');
const results = await measureAll([...plan(quick), thriftMeasurement(server.address, quick)]);
await server.stop();

const reached = goals(results);
printGoals(reached);
await writeReport(out, { results, goals: reached });
