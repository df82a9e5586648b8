// npm run bench:cluster [-- --quick] [-- --out FILE]: what a call through a cluster costs (balancer, breaker,
// recover), over the same call through a pool, and beside other circuit breakers.
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { clusterMeasurements } from './cluster/plan.js';
import { measureAll, writeReport } from './report.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    out: { type: 'string', default: fileURLToPath(new URL('./cluster-results.json', import.meta.url)) },
  },
});
const results = await measureAll(clusterMeasurements(values.quick));
await writeReport(values.out, { results });
