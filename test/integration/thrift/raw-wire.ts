/** A call of the echo service as it came over the wire. */
export interface RawCall {
  readonly method: string;
  readonly seqid: number;
  /** The argument of Echo; empty for Ping. */
  readonly text: string;
}

const REPLY = 2;
const STRUCT_STOP = Buffer.from([0]);

/** Takes the first call off the front of what was received, in the binary protocol, when it is there in full. */
export function takeCall(received: Buffer, framed: boolean): { call: RawCall; rest: Buffer } | undefined {
  let at = framed ? 4 : 0;
  const i32 = () => {
    at += 4;
    return received.readInt32BE(at - 4);
  };
  const text = () => {
    const length = i32();
    if (at + length > received.length) throw new RangeError('not there yet');
    at += length;
    return received.toString('utf8', at - length, at);
  };
  try {
    i32(); // version and type
    const method = text();
    const seqid = i32();
    const hasField = received.readUInt8(at++) !== 0;
    if (!hasField) return { call: { method, seqid, text: '' }, rest: received.subarray(at) };
    at += 2; // the field's id
    const call = { method, seqid, text: text() };
    return { call, rest: received.subarray(at + STRUCT_STOP.length) };
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** An answer in the binary protocol: by default the right one, with whatever is given made wrong. */
export function rawAnswer(
  call: RawCall,
  framed: boolean,
  wrong: { type?: number; method?: string; seqid?: number; body?: Buffer } = {},
): Buffer {
  const success = Buffer.concat([Buffer.from([11, 0, 0]), sized(call.text), STRUCT_STOP]);
  const message = Buffer.concat([
    int32(0x80010000 | (wrong.type ?? REPLY)),
    sized(wrong.method ?? call.method),
    int32(wrong.seqid ?? call.seqid),
    wrong.body ?? (call.method === 'Ping' ? STRUCT_STOP : success),
  ]);
  return framed ? Buffer.concat([int32(message.length), message]) : message;
}

/** A 32-bit integer as Thrift writes it. */
export function int32(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeInt32BE(value | 0);
  return buffer;
}

function sized(text: string): Buffer {
  return Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);
}
