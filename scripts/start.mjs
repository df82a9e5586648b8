// `npm start` on a fresh clone: installs, builds, then runs `connpool demo` with whatever flags were given.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
process.chdir(root);

if (
  !existsSync('node_modules/.package-lock.json') ||
  newer('package-lock.json', 'node_modules/.package-lock.json')
) {
  step('installing', 'npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error');
}
if (!existsSync('dist/index.js') || newestIn('lib') > statSync('dist/index.js').mtimeMs) {
  step('building', 'npm', 'run', 'build', '--silent');
}
const demo = spawn(process.execPath, ['dist/cli/main.js', 'demo', ...process.argv.slice(2)], {
  stdio: 'inherit',
});
// Ctrl-C reaches the demo too, which ends in good order; this process waits for it.
process.on('SIGINT', () => {});
process.on('SIGTERM', () => demo.kill());
demo.on('exit', (code) => {
  process.exitCode = code ?? 1;
});

/** Runs a command; its output goes to standard error, so that `--json` keeps standard output to itself. */
function step(what, command, ...args) {
  process.stderr.write(`${what}...\n`);
  const { status } = spawnSync(command, args, {
    stdio: ['ignore', 2, 2],
    shell: process.platform === 'win32',
  });
  if (status !== 0) {
    process.stderr.write(`${what} failed: ${command} ${args.join(' ')}\n`);
    process.exit(1);
  }
}

function newer(a, b) {
  return statSync(a).mtimeMs > statSync(b).mtimeMs;
}

function newestIn(folder) {
  let newest = 0;
  for (const entry of readdirSync(folder, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) newest = Math.max(newest, statSync(join(entry.parentPath, entry.name)).mtimeMs);
  }
  return newest;
}
