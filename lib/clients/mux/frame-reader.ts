import type { FrameCodec } from './frame-codec.js';

/** Who gets the frames of a {@link FrameReader}. */
export interface FrameSink {
  /** A frame begins; `false` throws its payload away as it comes. */
  begins(id: bigint): boolean;
  /** The payload of a frame that was wanted is complete. */
  takes(id: bigint, payload: Buffer): void;
}

/** A frame whose header is read. */
interface Frame {
  readonly id: bigint;
  readonly isWanted: boolean;
  /** Bytes still to be thrown away. */
  skipBytes: number;
  readonly payloadBytes: number;
  /** What has come of a payload that spans chunks: the first `filled` bytes of it. */
  body: Buffer | undefined;
  filled: number;
}

/** What is set aside at first for a payload that spans chunks, whatever its header announces. */
const FIRST_BODY_BYTES = 4_096;

const EMPTY = Buffer.alloc(0);

/**
 * Cuts the chunks of a byte stream into frames. Each byte of a payload is copied at most a few times however the
 * stream is split, and not at all when the payload lies within one chunk. Memory is set aside for what has come,
 * at most twice as much, not for what a header announces.
 */
export class FrameReader {
  readonly #codec: FrameCodec;
  readonly #maxFrameBytes: number;
  readonly #sink: FrameSink;
  /** A header that spans chunks: the first `#headerFilled` bytes of it. */
  readonly #header: Buffer;
  #headerFilled = 0;
  #frame: Frame | undefined;

  constructor(codec: FrameCodec, maxFrameBytes: number, sink: FrameSink) {
    this.#codec = codec;
    this.#maxFrameBytes = maxFrameBytes;
    this.#sink = sink;
    this.#header = Buffer.alloc(codec.answerHeaderBytes);
  }

  /** Whether the stream is in the middle of a frame. */
  get isInFrame(): boolean {
    return this.#frame !== undefined || this.#headerFilled > 0;
  }

  /**
   * Takes the next chunk. The chunk belongs to the reader from then on: payloads may be parts of it.
   * @throws Error when it has no frame, or one beyond the limit; the reader is of no use after that
   */
  push(chunk: Buffer): void {
    let at = 0;
    for (;;) {
      if (this.#frame === undefined) at = this.#readHeader(chunk, at);
      const frame = this.#frame;
      if (frame === undefined) return;
      const skipped = Math.min(frame.skipBytes, chunk.length - at);
      frame.skipBytes -= skipped;
      at += skipped;
      if (frame.skipBytes > 0) return;
      if (frame.isWanted) {
        const payload = takePayload(frame, chunk, at);
        if (payload === undefined) return;
        at += frame.payloadBytes - frame.filled;
        this.#frame = undefined;
        this.#sink.takes(frame.id, payload);
      } else {
        this.#frame = undefined;
      }
    }
  }

  /** Gives where the header ends, or where the chunk does. */
  #readHeader(chunk: Buffer, at: number): number {
    const missing = this.#header.length - this.#headerFilled;
    const end = at + missing;
    if (end > chunk.length) {
      this.#headerFilled += chunk.copy(this.#header, this.#headerFilled, at);
      return chunk.length;
    }
    if (this.#headerFilled === 0) {
      this.#begin(chunk, at);
    } else {
      chunk.copy(this.#header, this.#headerFilled, at, end);
      this.#headerFilled = 0;
      this.#begin(this.#header, 0);
    }
    return end;
  }

  #begin(source: Buffer, offset: number): void {
    const { id, skipBytes, payloadBytes } = this.#codec.readAnswerHeader(source, offset);
    const frameBytes = this.#header.length + skipBytes + payloadBytes;
    // Written so that NaN, which a codec of somebody else's might give, is refused as well.
    if (!(skipBytes >= 0 && payloadBytes >= 0 && frameBytes <= this.#maxFrameBytes)) {
      throw new Error(`a frame of ${frameBytes} bytes is announced, maxFrameBytes is ${this.#maxFrameBytes}`);
    }
    const isWanted = this.#sink.begins(id);
    this.#frame = {
      id,
      isWanted,
      skipBytes: isWanted ? skipBytes : skipBytes + payloadBytes,
      payloadBytes,
      body: undefined,
      filled: 0,
    };
  }
}

/** Gives the payload when the chunk, from `at` on, has the rest of it; otherwise keeps what is there. */
function takePayload(frame: Frame, chunk: Buffer, at: number): Buffer | undefined {
  const { payloadBytes, filled } = frame;
  if (payloadBytes === 0) return EMPTY;
  const end = at + payloadBytes - filled;
  if (filled === 0 && end <= chunk.length) return chunk.subarray(at, end);
  const upTo = Math.min(end, chunk.length);
  if (upTo > at) {
    const body = bodyFor(frame, filled + upTo - at);
    chunk.copy(body, filled, at, upTo);
  }
  if (end <= chunk.length) return frame.body;
  frame.filled += upTo - at;
  return undefined;
}

/** A body with room for `bytes`; it doubles, so that a payload in many chunks is not copied once per chunk. */
function bodyFor(frame: Frame, bytes: number): Buffer {
  const { body, payloadBytes, filled } = frame;
  if (body !== undefined && body.length >= bytes) return body;
  const room = Math.min(payloadBytes, Math.max(bytes, FIRST_BODY_BYTES, 2 * (body?.length ?? 0)));
  const larger = Buffer.allocUnsafeSlow(room);
  body?.copy(larger, 0, 0, filled);
  frame.body = larger;
  return larger;
}
