import type { FrameCodec } from './frame-codec.js';

/** Four u64: size of the meta, size of the data, processor class id, request id. */
const HEADER_BYTES = 32;
const DATA_SIZE_AT = 8;
const CLASS_ID_AT = 16;
const REQUEST_ID_AT = 24;

/** A request's meta is one u64. */
const REQUEST_META_BYTES = 8;

const REQUEST_CLASS_ID = 0xe683c4f853870912n;
const RESPONSE_CLASS_ID = 0x8baa59d693539253n;

const CODEC: FrameCodec = Object.freeze({
  maxId: 2n ** 64n - 1n,
  maxPayloadBytes: Number.MAX_SAFE_INTEGER,
  requestHeaderBytes: HEADER_BYTES + REQUEST_META_BYTES,
  writeRequestHeader(target: Buffer, id: bigint, payloadBytes: number) {
    target.writeBigUInt64LE(BigInt(REQUEST_META_BYTES), 0);
    target.writeBigUInt64LE(BigInt(payloadBytes), DATA_SIZE_AT);
    target.writeBigUInt64LE(REQUEST_CLASS_ID, CLASS_ID_AT);
    target.writeBigUInt64LE(id, REQUEST_ID_AT);
    // The meta says which processor is meant: the class id once more.
    target.writeBigUInt64LE(REQUEST_CLASS_ID, HEADER_BYTES);
  },
  answerHeaderBytes: HEADER_BYTES,
  readAnswerHeader(source: Buffer, offset: number) {
    const classId = source.readBigUInt64LE(offset + CLASS_ID_AT);
    if (classId !== RESPONSE_CLASS_ID) {
      throw new Error(
        `the processor class id of a response is 0x${RESPONSE_CLASS_ID.toString(16)}, this one's is 0x${classId.toString(16)}`,
      );
    }
    return {
      id: source.readBigUInt64LE(offset + REQUEST_ID_AT),
      skipBytes: Number(source.readBigUInt64LE(offset)),
      payloadBytes: Number(source.readBigUInt64LE(offset + DATA_SIZE_AT)),
    };
  },
});

/**
 * The frames of MindAlpha-Serving, little endian: a header of four u64 (size of the meta, size of the data,
 * processor class id, request id), the meta, the data. A request's meta is the 8 bytes of its class id. Of a
 * response, as many bytes of meta are skipped as its header says; one with another class id is refused.
 */
export function mindAlpha(): FrameCodec {
  return CODEC;
}
