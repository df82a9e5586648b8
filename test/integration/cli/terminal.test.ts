import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { skipWithout } from '../../support/needs.js';
import { TcpServer } from '../../support/tcp-server.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** What a command shows on a terminal of its own, which util-linux's `script` makes. */
async function onTerminal(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<string> {
  const command = [`"${process.execPath}"`, '--import', 'tsx', 'lib/cli/main.ts', ...args].join(' ');
  const { stdout } = await promisify(execFile)('script', ['-qec', command, '/dev/null'], {
    cwd: root,
    env: { ...process.env, NO_COLOR: undefined, NODE_V8_COVERAGE: undefined, ...env },
    timeout: 20_000,
  });
  return stdout.replaceAll('\u001b', '<esc>');
}

describe('on a terminal', function () {
  this.timeout(30_000);
  let server: TcpServer;

  before(async function () {
    try {
      execFileSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' });
    } catch {
      skipWithout(
        this,
        'the program script of util-linux, to make terminals (Debian: apt-get install bsdutils)',
      );
    }
    server = await TcpServer.start();
  });

  after(() => server?.close());

  const bench = () => [
    ...['bench', '--protocol', 'tcp', '--port', String(server.port), '--payload', 'x', '--until', 'x'],
    ...['--sweep', '1,2', '--duration', '0.5', '--concurrency', '2'],
  ];

  it('bench renews one line of progress, and colours the recommended size', async () => {
    const shown = await onTerminal(bench());
    assert.match(shown, /\r<esc>\[2K +[\d.]+ s {2}[\d,]+ calls\/s/);
    assert.match(shown, /<esc>\[32m.*<- recommended<esc>\[0m/);
    assert.doesNotMatch(shown, /waiting \d+\r\n/, 'no line of progress stays');
  });

  it('honours NO_COLOR', async () => {
    const shown = await onTerminal(bench(), { NO_COLOR: '1' });
    assert.match(shown, /<- recommended/);
    assert.doesNotMatch(shown, /<esc>\[\d+m/);
  });
});
