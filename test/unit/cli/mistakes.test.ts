import assert from 'node:assert/strict';
import { inProcess } from './in-process.js';

describe('a mistake on the command line', () => {
  const mistakes: [args: string[], message: RegExp][] = [
    [['strat'], /unknown command 'strat'\n\(Did you mean start\?\)/],
    [
      ['stats', '--servce', 'a'],
      /unknown option '--servce'\n\(Did you mean --service\?\)\n\(--help shows how\)/,
    ],
    [['bench', '--protocl', 'tcp'], /unknown option '--protocl'\n\(Did you mean --protocol\?\)/],
    [['start', '--confg', 'x'], /unknown option '--confg'\n\(Did you mean --config\?\)/],
    [['start'], /required option '--config <file>' not specified/],
    [
      ['start', '-c', 'x', '--port', '70000'],
      /'--port <number>' argument '70000' is invalid\. It must be an integer from 0/,
    ],
    [
      ['demo', '--duration', 'long'],
      /'--duration <seconds>' argument 'long' is invalid\. It must be a number of seconds from 0\.5 to 600, or/,
    ],
    [['demo', '--host', 'localhost'], /--host needs --port/],
    [['demo', 'now'], /too many arguments/],
    [['check'], /missing required argument 'file'/],
    [['completion', 'tcsh'], /'tcsh' is invalid for argument 'shell'\. Allowed choices are bash, zsh, fish/],
    [['stats', '--url', 'nowhere'], /--url must be a URL such as http:\/\/127\.0\.0\.1:9090, got 'nowhere'/],
  ];
  for (const [args, message] of mistakes) {
    it(`is refused with exit code 2, saying why: \`${args.join(' ')}\``, async () => {
      const { exitCode, stdout, stderr } = await inProcess(...args);
      assert.match(stderr, message);
      assert.equal(exitCode, 2);
      assert.equal(stdout, '');
    });
  }
});
