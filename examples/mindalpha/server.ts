// A stand-in for a MindAlpha-Serving server, in a process of its own:
//
//   node --import tsx examples/mindalpha/server.ts --name big --port 0
//
// It speaks the real framing and answers the data of each request with `<name>: <data>`, after a random while, so
// that answers come in another order than requests. When it can be called it prints `ready <port>`.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { parseArgs } from 'node:util';

const REQUEST_CLASS_ID = 0xe683c4f853870912n;
const RESPONSE_CLASS_ID = 0x8baa59d693539253n;
const HEADER_BYTES = 32;
/** Responses carry some meta as well, which clients skip. */
const RESPONSE_META = Buffer.from('response meta');

const { values } = parseArgs({
  options: {
    name: { type: 'string', default: 'server' },
    port: { type: 'string', default: '0' },
    'jitter-ms': { type: 'string', default: '5' },
  },
});
const jitterMs = Number(values['jitter-ms']);

function response(requestId: bigint, data: Buffer): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  const fields = [BigInt(RESPONSE_META.length), BigInt(data.length), RESPONSE_CLASS_ID, requestId];
  for (const [i, field] of fields.entries()) header.writeBigUInt64LE(field, 8 * i);
  return Buffer.concat([header, RESPONSE_META, data]);
}

/** Takes the requests off the front of `received`, and gives what is left: part of a request. */
function takeRequests(received: Buffer, take: (requestId: bigint, data: Buffer) => void): Buffer {
  let rest = received;
  while (rest.length >= HEADER_BYTES) {
    const [metaSize, dataSize, classId, requestId] = [0, 8, 16, 24].map((at) => rest.readBigUInt64LE(at)) as [
      bigint,
      bigint,
      bigint,
      bigint,
    ];
    if (classId !== REQUEST_CLASS_ID) throw new Error(`no request: class id 0x${classId.toString(16)}`);
    const dataAt = HEADER_BYTES + Number(metaSize);
    const end = dataAt + Number(dataSize);
    if (rest.length < end) break;
    take(requestId, rest.subarray(dataAt, end));
    rest = rest.subarray(end);
  }
  return rest;
}

function serve(socket: Socket): void {
  let received: Buffer = Buffer.alloc(0);
  socket.on('error', () => {}); // clients come and go
  socket.on('data', (chunk: Buffer) => {
    try {
      received = takeRequests(Buffer.concat([received, chunk]), (requestId, data) => {
        const answer = response(requestId, Buffer.concat([Buffer.from(`${values.name}: `), data]));
        setTimeout(() => socket.write(answer), Math.random() * jitterMs);
      });
    } catch (error) {
      console.error(String(error));
      socket.destroy();
    }
  });
}

const server = createServer({ noDelay: true }, serve);
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`ready ${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => process.exit());
if (process.connected) process.once('disconnect', () => process.exit());
