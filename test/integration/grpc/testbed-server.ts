// The service of testbed.proto, plain or over TLS, in a process of its own. Prints `ready <port>`. What it does beside
// sending messages back is said by their text, see `deeds`. Started over an ipc channel, it ends with its parent.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { startTestbed, type TestbedOptions } from './testbed.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    cert: { type: 'string' },
    key: { type: 'string' },
    /** Ask clients for a certificate of this authority. */
    'client-ca': { type: 'string' },
    'max-age-ms': { type: 'string' },
    /** The health service: its answer for the server as a whole. */
    health: { type: 'string' },
  },
});

const options: TestbedOptions = { port: Number(values.port) };
if (values.cert !== undefined && values.key !== undefined) {
  options.tls = { cert: readFileSync(values.cert), key: readFileSync(values.key) };
  if (values['client-ca'] !== undefined) options.tls.clientCa = readFileSync(values['client-ca']);
}
if (values['max-age-ms'] !== undefined) options.maxAgeMs = Number(values['max-age-ms']);
if (values.health !== undefined) options.health = Number(values.health);

const testbed = await startTestbed(options);
console.log(`ready ${testbed.port}`);
if (process.connected) process.once('disconnect', () => process.exit());
process.once('SIGTERM', async () => {
  await testbed.close();
  process.exit(0);
});
