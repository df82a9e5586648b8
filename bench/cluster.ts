// npm run bench:cluster [-- --quick] [-- --out FILE]: what a call through a cluster costs (balancer, breaker,
// recover), over the same call through a pool, and beside other circuit breakers.
import { clusterMeasurements } from './cluster/plan.js';
import { flags, measureAll, writeReport } from './report.js';

const { quick, out } = flags('cluster-results.json');
const results = await measureAll(clusterMeasurements(quick));
await writeReport(out, { results });
