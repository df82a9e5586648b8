// Three Thrift servers, each in a process of its own, behind one cluster of pools. One is flaky; another is killed
// and revived under load. Every call ends in a result or an error, and the count at the end shows it.
//
//   npm run example:thrift-cluster                      (-- --seconds N for a longer run)
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { NodeStats } from 'connpool';
import { echoCluster } from './echo-cluster.js';
import { FleetMember } from './fleet-member.js';
import { Load } from './load.js';

const USAGE = 'usage: main.ts [--seconds 4]';
const seconds = readSeconds();
const fleet = {
  steady: await FleetMember.start(),
  doomed: await FleetMember.start(),
  flaky: await FleetMember.start(),
};
const cluster = echoCluster(Object.entries(fleet).map(([id, { port }]) => ({ id, host: '127.0.0.1', port })));
cluster.on('breakerOpen', ({ id }, error) => console.log(`breaker of ${id} opens: ${error}`));
cluster.on('breakerClose', ({ id }) => console.log(`breaker of ${id} closes`));

const load = new Load(cluster, { callers: 30, flakyNode: 'flaky' });
const progress = setInterval(() => console.log(load.line()), 500);
const done = load.run();
await pause(seconds * 300);
console.log(`kill -9 ${fleet.doomed.pid} (doomed)`);
await fleet.doomed.kill();
await pause(seconds * 300);
await fleet.doomed.revive();
console.log('doomed is started again');
await trialPassed('doomed');
await pause(seconds * 400);
load.stop();
await Promise.race([done, pause(5_000)]); // a call that never ended would show in the books
clearInterval(progress);

console.log(`\n${load.line()}`);
console.table(Object.fromEntries(cluster.stats().nodes.map((node) => [node.id, tableRow(node)])));
for (const [kind, count] of load.errors) console.log(`  ${count} x ${kind}`);
if (load.lost > 0) console.log(`  ${load.lost} calls have not ended`);
await cluster.close({ timeoutMs: 1_000 });
await Promise.all(Object.values(fleet).map((member) => member.stop()));
process.exit(load.lost === 0 ? 0 : 1);

/** The breaker of a node that is back lets a call through on trial now and then: soon it takes part again. */
async function trialPassed(id: string): Promise<void> {
  const isBack = () => cluster.stats().nodes.some((node) => node.id === id && node.breaker === 'closed');
  for (let waits = 0; !isBack() && waits < 500; waits++) await pause(10);
}

function tableRow({ state, calls, failures, callMsTotal, source }: NodeStats) {
  return { state, calls, failures, 'ms per call': Math.round(callMsTotal / calls), open: source.open };
}

function readSeconds(): number {
  try {
    const { values } = parseArgs({ options: { seconds: { type: 'string', default: '4' } } });
    const wanted = Number(values.seconds);
    if (wanted > 0) return wanted;
    throw new Error(`--seconds must be a number above 0, got '${values.seconds}'`);
  } catch (error) {
    console.error(`${(error as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}
