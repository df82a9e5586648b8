import { setTimeout as pause } from 'node:timers/promises';
import type { Command } from 'commander';
import type { ServiceReport, StatsReport } from '../manager/admin/reports.js';
import { describeError } from '../pool/errors.js';
import { type AdminTarget, addTargetOptions, askAdmin } from './admin-client.js';
import { colours } from './colours.js';
import { isStatsReport } from './report-shapes.js';

const WATCH_MS = 1_000;

interface StatsOptions extends AdminTarget {
  service?: string;
  json?: boolean;
  watch?: boolean;
}

/** `connpool stats`: the figures of services and their endpoints. */
export function addStats(program: Command): void {
  addTargetOptions(program.command('stats'))
    .description('Show the figures of a running manager.')
    .option('--service <name>', 'only this one')
    .option('--json', 'print the report as JSON, one line per look with --watch')
    .option('--watch', 'look again every second, until interrupted')
    .addHelpText(
      'after',
      '\nExamples:\n  connpool stats --service users\n  connpool stats --json --watch | jq .services[0].calls',
    )
    .action(async (options: StatsOptions) => {
      print(await look(options), options);
      if (options.watch) await watch(options);
    });
}

const look = (options: StatsOptions) =>
  askAdmin(options, { path: 'stats', service: options.service, isAnswer: isStatsReport });

/** A manager that has answered once may be restarted: what it fails with is told once, and it is asked again. */
async function watch(options: StatsOptions): Promise<never> {
  for (let told: string | undefined; ; ) {
    await pause(WATCH_MS);
    try {
      print(await look(options), options);
      told = undefined;
    } catch (error) {
      const trouble = describeError(error);
      if (trouble !== told) console.error(`connpool: ${trouble}; trying again`);
      told = trouble;
    }
  }
}

function print(report: StatsReport, { json, watch }: StatsOptions): void {
  if (json) console.log(JSON.stringify(report, null, watch ? undefined : 2));
  else {
    if (watch && process.stdout.isTTY) console.clear();
    console.log(report.services.map(describe).join('\n\n'));
  }
}

function describe({ name, protocol, state, reason, calls, cluster }: ServiceReport): string {
  const paint = colours(process.stdout);
  const word = state === 'ready' ? paint.good(state) : paint.bad(state);
  const { latencyMs } = calls;
  const latency =
    latencyMs === undefined ? '' : `, p50 ${latencyMs.p50.toFixed(1)} ms, p99 ${latencyMs.p99.toFixed(1)} ms`;
  const lines = [
    `${paint.strong(name)} (${protocol}): ${word}${reason === undefined ? '' : `: ${reason}`}`,
    `  calls ${calls.calls}, failed ${calls.failures}${latency}`,
  ];
  const rows = (cluster?.nodes ?? []).map(
    ({ id, state: nodeState, weight, inFlight, source, calls: sent, failures }) => [
      id,
      nodeState,
      ...[weight, inFlight, source.inUse, source.idle, source.dialing, source.waiting, sent, failures].map(
        String,
      ),
    ],
  );
  if (rows.length > 0) lines.push(...table([HEADINGS, ...rows]).map((line) => `  ${line}`));
  return lines.join('\n');
}

const HEADINGS = [
  'endpoint',
  'state',
  'weight',
  'in flight',
  'in use',
  'idle',
  'dialing',
  'waiting',
  'calls',
  'failed',
];

/** Aligned columns: the first two to the left, figures to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = HEADINGS.map((_, i) => Math.max(...rows.map((row) => row[i]!.length)));
  return rows.map((row) =>
    row.map((cell, i) => (i < 2 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join('  '),
  );
}
