// A stand-in for Milvus, in a process of its own: it speaks the protocol of the SDK's own definitions, and keeps a few
// collections in memory. It is no database: it searches by comparing every vector.
//
//   node --import tsx examples/milvus/server.ts --port 19530 [--user root:Milvus] [--tls-cert FILE --tls-key FILE]
//
// When it can be called it prints one line, `ready <port>`; SIGTERM ends it.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { milvusService } from './milvus-service.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    user: { type: 'string' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    mute: { type: 'boolean', default: false },
  },
});

const server = new Server();
const { definition, handlers } = milvusService({ user: values.user, mute: values.mute });
server.addService(definition, handlers);
server.bindAsync(`127.0.0.1:${values.port}`, credentials(), (error, port) => {
  if (error !== null) throw error;
  console.log(`ready ${port}`);
});
if (process.connected) process.once('disconnect', () => process.exit());
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => server.tryShutdown(() => process.exit()));
}

function credentials(): ServerCredentials {
  const { 'tls-cert': cert, 'tls-key': key } = values;
  if (cert === undefined || key === undefined) return ServerCredentials.createInsecure();
  return ServerCredentials.createSsl(null, [
    { cert_chain: readFileSync(cert), private_key: readFileSync(key) },
  ]);
}
