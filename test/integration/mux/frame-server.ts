// A server of length-prefixed frames in a process of its own. It answers each request with its own payload, after a
// random while, so that answers come in any order; a payload that names a misdeed gets that instead.
//
//   frame-server.ts [--port 0] [--jitter-ms 5] [--tls-cert cert.pem --tls-key key.pem] [--mute]
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, TLSSocket } from 'node:tls';
import { parseArgs } from 'node:util';
import { resetSocket } from '../../support/reset-socket.js';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    'jitter-ms': { type: 'string', default: '5' },
    'tls-cert': { type: 'string' },
    'tls-key': { type: 'string' },
    mute: { type: 'boolean', default: false },
  },
});
const MAX_FRAME_BYTES = 64 * 1_024 * 1_024;
/** A length of 4 bytes that counts the payload, an id of 8. */
const HEADER_BYTES = 12;
const jitterMs = Number(values['jitter-ms']);

function frame(id: bigint, payload: string | Buffer): Buffer {
  const body = Buffer.from(payload as string);
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(body.length, 0);
  header.writeBigUInt64BE(id, 4);
  return Buffer.concat([header, body]);
}

const misdeeds: Readonly<Record<string, (socket: Socket, id: bigint) => void>> = {
  mute: () => {},
  reset,
  'close without an answer': (socket) => socket.end(),
  'half an answer, then reset': (socket, id) =>
    socket.write(frame(id, 'half').subarray(0, 14), () => reset(socket)),
  'half an answer, then close': (socket, id) => socket.end(frame(id, 'half').subarray(0, 14)),
  'half a header, then close': (socket) => socket.end(Buffer.alloc(5)),
  'answer in http': (socket) => socket.write('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n'),
  'answer in noise': (socket) => socket.write(Buffer.alloc(1_000, 0xff)),
  'oversized frame': (socket, id) => {
    const header = frame(id, '');
    header.writeUInt32BE(0x7fff_ffff);
    socket.write(header);
  },
  'wrong id': (socket) => socket.write(frame(2n ** 63n, 'for whom?')),
  'answer twice': (socket, id) => socket.write(Buffer.concat([frame(id, 'once'), frame(id, 'twice')])),
  'answer in drops': async (socket, id) => {
    for (const byte of frame(id, 'drops')) {
      socket.write(Buffer.from([byte]));
      await new Promise(setImmediate);
    }
  },
  'answer late': (socket, id) => void setTimeout(() => socket.write(frame(id, 'late')), 60),
  'stop reading': (socket) => socket.pause(),
};

function reset(socket: Socket): void {
  if (socket instanceof TLSSocket) socket.destroy();
  else resetSocket(socket);
}

function answer(socket: Socket, id: bigint, payload: Buffer): void {
  const misdeed = payload.length < 40 ? misdeeds[String(payload)] : undefined;
  if (misdeed !== undefined) misdeed(socket, id);
  else if (jitterMs === 0) socket.write(frame(id, payload));
  else setTimeout(() => socket.write(frame(id, payload)), Math.random() * jitterMs);
}

function serve(socket: Socket): void {
  socket.on('error', () => {}); // clients come and go
  if (values.mute) return;
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    while (received.length >= HEADER_BYTES) {
      const end = HEADER_BYTES + received.readUInt32BE(0);
      if (end > MAX_FRAME_BYTES) socket.destroy();
      if (end > received.length) break;
      answer(socket, received.readBigUInt64BE(4), received.subarray(HEADER_BYTES, end));
      received = received.subarray(end);
    }
  });
}

const options = { noDelay: true };
const server =
  values['tls-cert'] === undefined || values['tls-key'] === undefined
    ? createServer(options, serve)
    : createTlsServer(
        { ...options, cert: readFileSync(values['tls-cert']), key: readFileSync(values['tls-key']) },
        serve,
      ).on('tlsClientError', () => {});
server.listen(Number(values.port), '127.0.0.1', () => {
  console.log(`ready ${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => process.exit());
process.once('disconnect', () => process.exit());
