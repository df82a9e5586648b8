import { Command } from 'commander';
import { addBench } from './bench/bench-command.js';
import { addCheck } from './check-command.js';
import { addCodegen } from './codegen-command.js';
import { addCompletion } from './completion/completion-command.js';
import { addDemo } from './demo/demo-command.js';
import type { SetExitCode } from './exit-codes.js';
import { addHealth } from './health-command.js';
import { addStart } from './start-command.js';
import { addStats } from './stats-command.js';

/** The whole command line. */
export function buildProgram(version: string, setExitCode: SetExitCode): Command {
  const program = new Command('connpool')
    .description('Connection pools for many services: run them, look at them, load them.')
    .version(version)
    .exitOverride()
    .showHelpAfterError('(connpool --help lists the commands)')
    .addHelpText('after', HELP);
  addDemo(program, setExitCode);
  addStart(program, setExitCode);
  addStats(program);
  addHealth(program, setExitCode);
  addCheck(program);
  addBench(program, setExitCode);
  addCodegen(program, setExitCode);
  addCompletion(program);
  for (const command of program.commands) command.exitOverride().showHelpAfterError('(--help shows how)');
  return program;
}

const HELP = `
Exit codes:
  0  done, and the answer is good
  1  done, and the answer is bad: unhealthy, a config with faults, generated code out of date, calls
     that failed or were lost
  2  not done: wrong usage, or nothing to be reached

Examples:
  connpool demo                            see it at work, with a dashboard
  connpool start -c connpool.yaml          run the services of a config
  connpool bench --protocol grpc --port 50051 --sweep
  connpool help bench                      everything about one command`;
