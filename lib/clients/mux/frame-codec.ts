import { integerRule } from '../../pool/check-options.js';

/** What the header of an answer says. */
export interface AnswerHeader {
  /** The id of the request that is answered. */
  readonly id: bigint;
  /** Bytes between the header and the payload that mean nothing to the caller. An integer from 0. */
  readonly skipBytes: number;
  /** Bytes of the payload. An integer from 0; may be imprecise beyond 2^53, which no frame limit allows. */
  readonly payloadBytes: number;
}

/**
 * How requests and answers are framed on the wire: a header of a fixed size that has the id and the size, then the
 * payload. A codec keeps no state; one serves any number of connections.
 */
export interface FrameCodec {
  /** Largest id that fits into a header; ids go from 0 to it. */
  readonly maxId: bigint;
  /** Largest payload that a request's header can announce, in bytes. */
  readonly maxPayloadBytes: number;
  /** Bytes in front of a request's payload. An integer from 1. */
  readonly requestHeaderBytes: number;
  /** Writes all of a request's header to the first {@link FrameCodec.requestHeaderBytes} bytes of `target`. */
  writeRequestHeader(target: Buffer, id: bigint, payloadBytes: number): void;
  /** Bytes at the start of an answer that tell its id and its size. An integer from 1. */
  readonly answerHeaderBytes: number;
  /**
   * Reads the header of an answer, all of which is in `source` from `offset` on.
   * @throws Error saying what is wrong when these bytes are no such header; the connection is then given up
   */
  readAnswerHeader(source: Buffer, offset: number): AnswerHeader;
}

/** Whether a value has all that a codec must have. */
export function isCodec(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const codec = value as Partial<FrameCodec>;
  return (
    typeof codec.maxId === 'bigint' &&
    codec.maxId > 0n &&
    isCount(codec.maxPayloadBytes) &&
    isCount(codec.requestHeaderBytes) &&
    isCount(codec.answerHeaderBytes) &&
    typeof codec.writeRequestHeader === 'function' &&
    typeof codec.readAnswerHeader === 'function'
  );
}

function isCount(value: unknown): boolean {
  return integerRule(1).accepts(value);
}
