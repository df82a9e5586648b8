#!/usr/bin/env node
import { runCli } from './run-cli.js';

// Whoever reads may stop reading, as in `connpool stats --watch | head`: then there is nothing left to do.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});
process.exitCode = await runCli(process.argv.slice(2));
// What a module of the user's has left open does not hold a command that has ended.
setTimeout(() => process.exit(), 1_000).unref();
