import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Context } from 'mocha';

/** The programs that tests need, and how to get each. */
const PROGRAMS = {
  bash: 'Debian: apt-get install bash',
  chromium: 'Debian: apt-get install chromium',
  consul: '.ci/install-consul',
  etcd: 'Debian: apt-get install etcd-server',
  fish: 'Debian: apt-get install fish',
  promtool: 'Debian: apt-get install prometheus',
  'redis-server': 'Debian: apt-get install redis-server',
  thrift: 'Debian: apt-get install thrift-compiler',
  zsh: 'Debian: apt-get install zsh',
} as const;

export type Program = keyof typeof PROGRAMS;

/** Other names that a program goes by. */
const ALIASES: Partial<Record<Program, readonly string[]>> = {
  chromium: ['chromium-browser', 'google-chrome'],
};

/** Gives the path of a program; without it the tests are skipped, or fail where servers are required. */
export function needs(test: Context, program: Program): string {
  return (
    [program, ...(ALIASES[program] ?? [])].map(pathOf).find((path) => path !== undefined) ??
    skipWithout(test, `the program ${program}, which is not installed (to get it: ${PROGRAMS[program]})`)
  );
}

/** Skips the tests for want of `what`, and says so; where servers are required they fail instead. */
export function skipWithout(test: Context, what: string): never {
  assert.notEqual(process.env.CONNPOOL_REQUIRE_SERVERS, '1', `required here: ${what}`);
  console.log(`    skipped: this needs ${what}`);
  return test.skip();
}

function pathOf(name: string): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
