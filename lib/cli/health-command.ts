import type { Command } from 'commander';
import type { HealthReport } from '../manager/admin/reports.js';
import { type AdminTarget, addTargetOptions, askAdmin } from './admin-client.js';
import type { SetExitCode } from './exit-codes.js';
import { EXIT } from './exit-codes.js';
import { isHealthReport } from './report-shapes.js';

/** `connpool health`: whether services are healthy. */
export function addHealth(program: Command, setExitCode: SetExitCode): void {
  addTargetOptions(program.command('health'))
    .description(
      'Say whether the services are healthy: exit code 0 = yes, 1 = no, 2 = cannot reach the manager.',
    )
    .option('--service <name>', 'only this one')
    .option('--json', 'print the report as JSON')
    .addHelpText('after', '\nExample:\n  connpool health --service users || alert')
    .action(async (options: AdminTarget & { service?: string; json?: boolean }) => {
      const { service } = options;
      const report = await askAdmin(options, { path: 'health', service, isAnswer: isHealthReport });
      if (options.json) console.log(JSON.stringify(report, null, 2));
      else for (const line of describe(report)) console.log(line);
      setExitCode(report.status === 'ok' ? EXIT.ok : EXIT.bad);
    });
}

function describe({ services }: HealthReport): string[] {
  return Object.entries(services).map(([name, { state, reason }]) =>
    reason === undefined ? `${name}: ${state}` : `${name}: ${state}: ${reason}`,
  );
}
