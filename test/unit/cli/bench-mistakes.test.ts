import assert from 'node:assert/strict';
import { inProcess } from './in-process.js';

const CLIENT = 'examples/thrift/gen-nodejs/EchoService.js';
const PROTO = 'test/integration/grpc/testbed.proto';
const SERVICE = 'connpool.testbed.Testbed';

async function refuses(args: string[], message: RegExp): Promise<void> {
  const { exitCode, stdout, stderr } = await inProcess(...args);
  assert.match(stderr, message);
  assert.equal(exitCode, 2);
  assert.equal(stdout, '');
}

describe('connpool bench', () => {
  describe('in general', () => {
    const mistakes: [what: string, flags: string[], message: RegExp][] = [
      ['no protocol', ['bench', '--port', '1'], /--protocol thrift, grpc or tcp is needed/],
      ['no endpoint', ['bench', '--protocol', 'grpc'], /the endpoint needs --address, or --port/],
      [
        'two endpoints',
        ['bench', '--protocol', 'grpc', '--address', 'a:1', '--port', '1'],
        /--address excludes --host and --port/,
      ],
      [
        'a bad address',
        ['bench', '--protocol', 'grpc', '--address', 'a:99999'],
        /--address must be host:port.*got 'a:99999'/,
      ],
      [
        'a sweep with one size',
        ['bench', '--protocol', 'grpc', '--port', '1', '--sweep', '--max-active', '3'],
        /--sweep and --max-active exclude each other/,
      ],
      [
        'nothing to send',
        ['bench', '--protocol', 'tcp', '--port', '1'],
        /--protocol tcp needs --payload or --payload-hex/,
      ],
      [
        'no end of the answer',
        ['bench', '--protocol', 'tcp', '--port', '1', '--payload', 'x'],
        /needs --expect-bytes or --until or --until-hex/,
      ],
      [
        'two ends',
        [
          'bench',
          '--protocol',
          'tcp',
          '--port',
          '1',
          '--payload',
          'x',
          '--until',
          'x',
          '--expect-bytes',
          '1',
        ],
        /--expect-bytes and --until exclude each other/,
      ],
      [
        'a CA that is not there',
        ['bench', '--protocol', 'grpc', '--port', '1', '--ca', 'no.pem'],
        /--ca: .*no\.pem/,
      ],
    ];
    for (const [what, flags, message] of mistakes) {
      it(`refuses ${what}`, () => refuses([...flags], message));
    }
  });

  describe('of Thrift', () => {
    const mistakes: [what: string, flags: string[], message: RegExp][] = [
      ['no client', ['--method', 'Ping'], /--protocol thrift needs --client/],
      ['no method', ['--client', CLIENT], /--protocol thrift needs --method/],
      [
        'a module that is not there',
        ['--client', './no-such.js', '--method', 'Ping'],
        /--client: .*no-such\.js/,
      ],
      [
        'a module without a service',
        ['--client', 'lib/pool/clock.ts', '--method', 'Ping'],
        /--client must be a service that the Thrift compiler generated/,
      ],
      [
        'an export that is not there',
        ['--client', CLIENT, '--export', 'Cleint', '--method', 'Ping'],
        /--client: .*no export 'Cleint'/,
      ],
      [
        'a method that is not there',
        ['--client', CLIENT, '--method', 'Eco'],
        /no method 'Eco' \(did you mean 'Echo'\?\)/,
      ],
      ['a method like no other', ['--client', CLIENT, '--method', 'transmogrify'], /\(it has Ping, Echo\)/],
      [
        'arguments that are no list',
        ['--client', CLIENT, '--method', 'Echo', '--args', '"x"'],
        /--args must be a JSON array/,
      ],
      [
        'flags of another protocol',
        ['--client', CLIENT, '--method', 'Ping', '--payload', 'x'],
        /--payload is for --protocol tcp, not thrift/,
      ],
    ];
    for (const [what, flags, message] of mistakes) {
      it(`refuses ${what}`, () =>
        refuses(['bench', '--protocol', 'thrift', '--port', '1', ...flags], message));
    }
  });

  describe('of gRPC', () => {
    const mistakes: [what: string, flags: string[], message: RegExp][] = [
      ['a method without a proto file', ['--method', 'Echo'], /--method needs --proto/],
      ['data without a proto file', ['--data', '{}'], /--data needs --proto/],
      ['a proto file alone', ['--proto', PROTO], /--proto needs --service and --method/],
      [
        'a proto file that is not there',
        ['--proto', 'no.proto', '--service', 'a', '--method', 'b'],
        /--proto: no\.proto cannot be read: /,
      ],
      [
        'an unknown service',
        ['--proto', PROTO, '--service', 'connpool.testbed.Testbad', '--method', 'Echo'],
        /did you mean 'connpool\.testbed\.Testbed'\?/,
      ],
      [
        'an unknown method',
        ['--proto', PROTO, '--service', SERVICE, '--method', 'Eco'],
        /has no method 'Eco' \(did you mean 'Echo'\?\)/,
      ],
      [
        'a method that streams',
        ['--proto', PROTO, '--service', SERVICE, '--method', 'Chat'],
        /--method: 'Chat' streams/,
      ],
      [
        'data that is no object',
        ['--proto', PROTO, '--service', SERVICE, '--method', 'Echo', '--data', '[]'],
        /--data must be a JSON object/,
      ],
      [
        'data that is no request of the method',
        ['--proto', PROTO, '--service', SERVICE, '--method', 'Echo', '--data', '{"txt":"x","times":"2"}'],
        /--data is no connpool\.testbed\.Message:\n {2}txt: .*did you mean 'text'\?.*\n {2}times: must be a whole number/,
      ],
    ];
    for (const [what, flags, message] of mistakes) {
      it(`refuses ${what}`, () => refuses(['bench', '--protocol', 'grpc', '--port', '1', ...flags], message));
    }
  });
});
