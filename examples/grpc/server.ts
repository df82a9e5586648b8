// The greeter service in a process of its own:
//
//   node --import tsx examples/grpc/server.ts --port 50051
//
// When it can be called it prints one line, `ready <port>`. SIGTERM and SIGINT end it in good order: calls under way
// are answered first. Started by another Node process over an ipc channel, it ends with that one.
import { parseArgs } from 'node:util';
import {
  Server,
  ServerCredentials,
  type ServerUnaryCall,
  type ServerWritableStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { Greeter, type HelloReply, type HelloRequest, type HellosRequest } from './greeter.js';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '50051' },
    'delay-ms': { type: 'string', default: '0' },
  },
});
const delayMs = Number(values['delay-ms']);

const greeter = {
  SayHello({ request }: ServerUnaryCall<HelloRequest, HelloReply>, done: sendUnaryData<HelloReply>) {
    const answer = () => {
      if (request.name === '') done({ code: status.INVALID_ARGUMENT, details: 'nobody has no name' });
      else done(null, { message: `Hello, ${request.name}!` });
    };
    if (delayMs === 0) answer();
    else setTimeout(answer, delayMs);
  },
  SayHellos(call: ServerWritableStream<HellosRequest, HelloReply>) {
    const { name, times } = call.request;
    for (let i = 1; i <= times; i++) call.write({ message: `Hello, ${name}, for the ${i}. time!` });
    call.end();
  },
};

const server = new Server();
server.addService(Greeter.service, greeter);
server.bindAsync(`${values.host}:${values.port}`, ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(`ready ${port}`);
});

if (process.connected) process.once('disconnect', () => process.exit());
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => server.tryShutdown(() => process.exit()));
}
