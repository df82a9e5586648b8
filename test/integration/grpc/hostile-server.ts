import { once } from 'node:events';
import { createServer as createHttp2Server, type Http2Session, type ServerHttp2Stream } from 'node:http2';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that does what no gRPC server does. */
export interface HostileServer extends AsyncDisposable {
  readonly port: number;
  /** Connections open now. */
  readonly open: number;
}

/** Speaks HTTP/2 by hand: `answer` gets what the client sends once both have shaken hands. */
export async function startRawServer(answer: (socket: Socket) => void): Promise<HostileServer> {
  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
    let greeted = false;
    socket.on('data', (chunk) => {
      if (!greeted) socket.write(Buffer.concat([frame(SETTINGS), frame(SETTINGS, { flags: ACK })]));
      greeted = true;
      if (hasHeaders(chunk)) answer(socket);
    });
  });
  return listening(server, sockets);
}

/** Speaks HTTP/2 as it should be; what it answers to each call is up to `answer`. */
export async function startHttp2Server(answer: (stream: ServerHttp2Stream) => void): Promise<HostileServer> {
  const sessions = new Set<Http2Session>();
  const server = createHttp2Server()
    .on('session', (session) => {
      sessions.add(session);
      session.on('error', () => {}).on('close', () => sessions.delete(session));
    })
    .on('stream', (stream) => {
      stream.on('error', () => {});
      answer(stream);
    });
  return listening(server, sessions);
}

async function listening(
  server: ReturnType<typeof createServer> | ReturnType<typeof createHttp2Server>,
  connections: Set<{ destroy(): void }>,
): Promise<HostileServer> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get open() {
      return connections.size;
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
}

// ---- HTTP/2 frames: length (24 bits), type, flags, stream id, payload

const DATA = 0;
const HEADERS = 1;
const SETTINGS = 4;
const GOAWAY = 7;
const ACK = 1;
const FRAME_HEADER_BYTES = 9;
const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';

interface FrameParts {
  readonly flags?: number;
  readonly stream?: number;
  readonly payload?: Buffer;
  /** What the frame says of its length, when that is not so. */
  readonly claimed?: number;
}

function frame(
  type: number,
  { flags = 0, stream = 0, payload = Buffer.alloc(0), claimed }: FrameParts = {},
): Buffer {
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUIntBE(claimed ?? payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(stream, 5);
  return Buffer.concat([header, payload]);
}

/** Whether a call is among the frames of a chunk; clients here write whole frames. */
function hasHeaders(chunk: Buffer): boolean {
  let at = chunk.toString('latin1').startsWith(PREFACE) ? PREFACE.length : 0;
  while (at + FRAME_HEADER_BYTES <= chunk.length) {
    if (chunk[at + 3] === HEADERS) return true;
    at += FRAME_HEADER_BYTES + chunk.readUIntBE(at, 3);
  }
  return false;
}

/** Announces a frame of 16 MiB, and sends a little of it. */
export const oversizedFrame = frame(DATA, { stream: 1, payload: Buffer.alloc(1_000), claimed: 0xff_ff_ff });

/** The end of the connection: `last` is the last call that will still be answered. */
export function goaway(code: number, last: number): Buffer {
  const payload = Buffer.alloc(8);
  payload.writeUInt32BE(last, 0);
  payload.writeUInt32BE(code, 4);
  return frame(GOAWAY, { payload });
}

export const zeros = Buffer.alloc(256);
export const noise = Buffer.from(Array.from({ length: 512 }, (_, i) => (i * 151) ^ 0xa5));
