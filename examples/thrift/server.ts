// The echo service in a process of its own:
//
//   node --import tsx examples/thrift/server.ts --port 9090
//
// When it can be called it prints one line, `ready <port or path>`. SIGTERM and SIGINT end it in good order:
// calls under way are answered first. Started by another Node process over an ipc channel, it ends with that one.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { type EchoServerOptions, protocols, startEchoServer, transports } from './echo-server.js';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '9090' },
    path: { type: 'string' },
    transport: { type: 'string', default: 'buffered' },
    protocol: { type: 'string', default: 'binary' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    'delay-ms': { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(
    'usage: server.ts [--host 127.0.0.1] [--port 9090 | --path /tmp/echo.sock] [--delay-ms 0]\n' +
      `  [--transport ${Object.keys(transports).join('|')}] [--protocol ${Object.keys(protocols).join('|')}]\n` +
      '  [--tls-cert cert.pem --tls-key key.pem]',
  );
  process.exit(0);
}

const options: EchoServerOptions = {
  host: values.host,
  port: wholeNumber('port', values.port),
  delayMs: wholeNumber('delay-ms', values['delay-ms']),
  transport: oneOf('transport', values.transport, transports),
  protocol: oneOf('protocol', values.protocol, protocols),
};
if (values.path !== undefined) options.path = values.path;
if (values['tls-cert'] !== undefined && values['tls-key'] !== undefined) {
  options.tls = { cert: readFileSync(values['tls-cert']), key: readFileSync(values['tls-key']) };
}

const server = await startEchoServer(options);
console.log(`ready ${server.address}`);

if (process.connected) process.once('disconnect', () => process.exit());
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, async () => {
    await server.close();
    process.exit(0);
  });
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text)) fail(`--${name} must be a whole number, got '${text}'`);
  return value;
}

function oneOf<T extends object>(name: string, value: string, known: T): keyof T {
  if (!Object.hasOwn(known, value))
    fail(`--${name} must be one of ${Object.keys(known).join(', ')}, got '${value}'`);
  return value as keyof T;
}

function fail(message: string): never {
  console.error(message);
  process.exit(2);
}
