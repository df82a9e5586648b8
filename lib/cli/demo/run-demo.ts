import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../pool/errors.js';
import { CliError, EXIT } from '../exit-codes.js';
import { catchInterrupt } from '../load/interrupt.js';
import { Load } from '../load/load.js';
import { Progress } from '../load/progress.js';
import { type DemoCluster, demoCluster, echo } from './demo-cluster.js';
import { startDashboard } from './demo-dashboard.js';
import { DemoView } from './demo-view.js';
import { EchoFleet } from './echo-fleet.js';
import { EchoError } from './echo-service.js';
import { addUp, describeSummary, type Summary, summarise } from './summary.js';

/** What the demo was told. */
export interface DemoOptions {
  /** A server that is already there; undefined = start our own. */
  readonly server: { readonly host: string; readonly port: number } | undefined;
  /** How many to start. */
  readonly servers: number;
  /** Connections to each server (maxActive). */
  readonly connections: number;
  readonly concurrency: number;
  readonly durationMs: number;
  readonly json: boolean;
  readonly dashboard: boolean;
}

/**
 * Echo services in processes of their own, pools, many callers, and a crash of one service half way. Prints a summary.
 * @returns the exit code: whether every call was accounted for
 */
export async function runDemo(options: DemoOptions): Promise<number> {
  const { server, servers, connections } = options;
  using interrupt = catchInterrupt();
  const fleet = new EchoFleet();
  try {
    if (server === undefined) await fleet.start(servers);
    const host = server?.host ?? '127.0.0.1';
    const demo = demoCluster(host, server === undefined ? fleet.ports : [server.port], connections);
    try {
      await reach(demo);
      const summary = await play(options, demo, fleet, interrupt.signal);
      process.stdout.write(options.json ? `${JSON.stringify(summary)}\n` : describeSummary(summary));
      return summary.calls.lost === 0 && summary.pool.open === 0 ? EXIT.ok : EXIT.bad;
    } finally {
      await demo.cluster.close({ timeoutMs: 0 });
    }
  } finally {
    await fleet.stop();
  }
}

async function reach({ pools, cluster }: DemoCluster): Promise<void> {
  try {
    await Promise.all(pools.map((pool) => pool.warmUp(1)));
  } catch (error) {
    const at = cluster.stats().nodes.map(({ id }) => id);
    throw new CliError(`cannot reach the echo service at ${at.join(', ')}: ${describeError(error)}`);
  }
}

/** Nobody opens a page and looks at it in less, ms. */
const BRIEF_MS = 30_000;
const BRIEF_NOTE = ' (as long as the demo runs: --duration 120 leaves time to look)';

/** The demo between dial and close: the dashboard, the load, the crash. Closes the pools before it sums up. */
async function play(
  options: DemoOptions,
  demo: DemoCluster,
  fleet: EchoFleet,
  signal: AbortSignal,
): Promise<Summary> {
  const { concurrency, connections, durationMs, json, dashboard, server } = options;
  const { cluster, pools } = demo;
  const nodes = cluster.stats().nodes.map(({ id }) => id);
  const progress = new Progress(json ? process.stderr : process.stdout);
  const view = new DemoView(cluster, { services: { echo: { servers: nodes, connections } } });
  const admin = dashboard ? await startDashboard(view) : undefined;
  try {
    if (admin !== undefined)
      progress.note(`dashboard: ${admin.url}/${durationMs < BRIEF_MS ? BRIEF_NOTE : ''}`);
    progress.note(
      `${concurrency} callers on ${connections} connections to ${nodes.length === 1 ? '' : 'each of '}` +
        `${nodes.join(', ')} for ${durationMs / 1_000} s`,
    );
    const load = new Load({
      call: (n) => echo(cluster, n),
      isAnswer: (error) => error instanceof EchoError,
    });
    progress.watch({ load, gauges: () => addUp(pools.map((pool) => pool.stats())) });
    const startedAt = performance.now();
    const crash = server === undefined ? crashHalfWay(fleet, durationMs, progress, view, signal) : 0;
    const underLoad = load
      .run({ concurrency, durationMs, signal })
      .then(() => (performance.now() - startedAt) / 1_000);
    const [seconds, serverRestarts] = await Promise.all([underLoad, crash]);
    progress.stop();
    await cluster.close();
    return summarise({ load, demo, seconds, serverRestarts, interrupted: signal.aborted });
  } finally {
    progress.stop();
    await admin?.stop();
  }
}

/** Kills a service in mid-call and starts it again on the same port. Gives the number of restarts. */
async function crashHalfWay(
  fleet: EchoFleet,
  durationMs: number,
  progress: Progress,
  view: DemoView,
  signal: AbortSignal,
): Promise<number> {
  try {
    await sleep(durationMs / 2, undefined, { signal });
  } catch {
    return 0; // ended early
  }
  const port = await fleet.killFirst();
  progress.note('one service was killed in mid-call');
  view.tell('serverKilled', `127.0.0.1:${port}`);
  await fleet.reviveFirst();
  progress.note('it is back');
  view.tell('serverStarted', `127.0.0.1:${port}`);
  return 1;
}
