// An echo server (binary protocol) that misbehaves as each call asks it to: the message of Echo names what it
// does, see `misdeeds`. Prints `ready <port>`.
import { createServer, type Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { int32, type RawCall, rawAnswer, takeCall } from './raw-wire.js';

const { values } = parseArgs({
  options: {
    transport: { type: 'string', default: 'framed' },
    /** Accepts and never says a word. */
    mute: { type: 'boolean', default: false },
    /** Says something before it is asked. */
    greet: { type: 'boolean', default: false },
  },
});
const framed = values.transport === 'framed';
const LIST_OF_STRINGS = Buffer.from([15, 0, 0, 11]);

const misdeeds: Record<string, (socket: Socket, call: RawCall) => unknown> = {
  mute: () => {},
  'answer in http': (socket) => socket.write('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  'answer in zeros': (socket) => socket.write(Buffer.alloc(64)),
  'answer in noise': (socket) =>
    socket.write(Buffer.from(Array.from({ length: 64 }, (_, i) => (i * 151) ^ 0xa5))),
  'absurd frame': (socket) => socket.write(int32(0x7fffffff)),
  'negative frame': (socket) => socket.write(int32(-2)),
  'truncated frame': (socket, call) => {
    const whole = rawAnswer(call, framed).subarray(4, -3);
    socket.write(Buffer.concat([int32(whole.length), whole]));
  },
  'absurd string': (socket, call) =>
    socket.write(
      rawAnswer(call, framed, { body: Buffer.concat([Buffer.from([11, 0, 0]), int32(0x7ffffff0)]) }),
    ),
  'absurd list': (socket, call) =>
    socket.write(rawAnswer(call, framed, { body: Buffer.concat([LIST_OF_STRINGS, int32(0x7ffffff0)]) })),
  'wrong sequence id': (socket, call) => socket.write(rawAnswer(call, framed, { seqid: call.seqid + 7 })),
  'wrong method': (socket, call) => socket.write(rawAnswer(call, framed, { method: 'Ping' })),
  'unknown method': (socket, call) => socket.write(rawAnswer(call, framed, { method: 'Nonsense' })),
  'wrong message type': (socket, call) => socket.write(rawAnswer(call, framed, { type: 1 })),
  'answer twice': (socket, call) =>
    socket.write(Buffer.concat([rawAnswer(call, framed), rawAnswer(call, framed)])),
  'answer late': async (socket, call) => {
    await pause(700);
    socket.write(rawAnswer(call, framed, { body: Buffer.concat([Buffer.from([0])]) }));
  },
  'answer in drops': async (socket, call) => {
    for (const byte of rawAnswer(call, framed)) {
      socket.write(Buffer.from([byte]));
      await pause(1);
    }
  },
  'half an answer, then reset': async (socket, call) => {
    const answer = rawAnswer(call, framed);
    socket.write(answer.subarray(0, answer.length >> 1));
    await pause(20);
    socket.resetAndDestroy();
  },
  'half an answer, then close': (socket, call) => {
    const answer = rawAnswer(call, framed);
    socket.end(answer.subarray(0, answer.length >> 1));
  },
  reset: (socket) => socket.resetAndDestroy(),
  'close without an answer': (socket) => socket.end(),
  'answer, then close': (socket, call) => socket.end(rawAnswer(call, framed)),
  'answer, then close later': async (socket, call) => {
    socket.write(rawAnswer(call, framed));
    await pause(50);
    socket.end();
  },
  'answer, then reset later': async (socket, call) => {
    socket.write(rawAnswer(call, framed));
    await pause(50);
    socket.resetAndDestroy();
  },
  'answer, then talk on': async (socket, call) => {
    socket.write(rawAnswer(call, framed));
    await pause(50);
    socket.write('by the way');
  },
};

const server = createServer((socket) => {
  socket.setNoDelay(true);
  socket.on('error', () => {});
  if (values.greet) socket.write('220 welcome\r\n');
  let received: Buffer = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    if (values.mute) return;
    received = Buffer.concat([received, chunk]);
    for (let taken = takeCall(received, framed); taken !== undefined; taken = takeCall(received, framed)) {
      received = taken.rest;
      const misdeed = misdeeds[taken.call.text];
      if (misdeed === undefined) socket.write(rawAnswer(taken.call, framed));
      else misdeed(socket, taken.call);
    }
  });
});
process.once('disconnect', () => process.exit());
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  console.log(`ready ${typeof address === 'object' ? address?.port : address}`);
});
