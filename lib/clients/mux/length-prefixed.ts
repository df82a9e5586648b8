import { checkOptions, integerRule, type OptionRule, required } from '../../pool/check-options.js';
import type { FrameCodec } from './frame-codec.js';

/** How {@link lengthPrefixed} frames are laid out. */
export interface LengthPrefixedOptions {
  /** Bytes of the id. An integer from 1 to 8. */
  readonly idBytes: number;
  /** Bytes of the length. An integer from 1 to 8. */
  readonly lengthBytes: number;
  /** Order of the bytes in both: big endian or little endian. @default 'BE' */
  readonly endian?: 'BE' | 'LE' | undefined;
}

const widthRule = required(integerRule(1, 8));

const RULES: Readonly<Record<keyof LengthPrefixedOptions, OptionRule>> = {
  idBytes: widthRule,
  lengthBytes: widthRule,
  endian: { allowed: "'BE' or 'LE'", accepts: (v) => v === 'BE' || v === 'LE' },
};

/**
 * Frames of a length, an id and a payload, requests and answers alike. The length counts the payload alone.
 *
 * @example
 * lengthPrefixed({ idBytes: 8, lengthBytes: 4, endian: 'BE' })
 *
 * @throws InvalidOptionError
 */
export function lengthPrefixed(options: LengthPrefixedOptions): FrameCodec {
  checkOptions('options', options, RULES);
  const { idBytes, lengthBytes, endian = 'BE' } = options;
  const headerBytes = lengthBytes + idBytes;
  const { read, write } = endian === 'BE' ? bigEndian : littleEndian;
  return Object.freeze({
    maxId: 2n ** BigInt(8 * idBytes) - 1n,
    maxPayloadBytes: Math.min(2 ** (8 * lengthBytes) - 1, Number.MAX_SAFE_INTEGER),
    requestHeaderBytes: headerBytes,
    writeRequestHeader(target: Buffer, id: bigint, payloadBytes: number) {
      write(target, 0, lengthBytes, BigInt(payloadBytes));
      write(target, lengthBytes, idBytes, id);
    },
    answerHeaderBytes: headerBytes,
    readAnswerHeader: (source: Buffer, offset: number) => ({
      id: read(source, offset + lengthBytes, idBytes),
      skipBytes: 0,
      payloadBytes: Number(read(source, offset, lengthBytes)),
    }),
  });
}

/** Unsigned integers of 1 to 8 bytes in one order of bytes. */
interface ByteOrder {
  read(source: Buffer, offset: number, width: number): bigint;
  write(target: Buffer, offset: number, width: number, value: bigint): void;
}

/** The most that Buffer reads and writes as a number. */
const MAX_NUMBER_WIDTH = 6;
/** Wider ones are taken apart into these low bytes and the rest. */
const LOW_WIDTH = 4;
const LOW_BITS = 32n;
const LOW_MASK = 0xffff_ffffn;

const bigEndian: ByteOrder = {
  read(source, offset, width) {
    if (width === 8) return source.readBigUInt64BE(offset);
    if (width <= MAX_NUMBER_WIDTH) return BigInt(source.readUIntBE(offset, width));
    const high = BigInt(source.readUIntBE(offset, width - LOW_WIDTH));
    return (high << LOW_BITS) | BigInt(source.readUInt32BE(offset + width - LOW_WIDTH));
  },
  write(target, offset, width, value) {
    if (width === 8) target.writeBigUInt64BE(value, offset);
    else if (width <= MAX_NUMBER_WIDTH) target.writeUIntBE(Number(value), offset, width);
    else {
      target.writeUIntBE(Number(value >> LOW_BITS), offset, width - LOW_WIDTH);
      target.writeUInt32BE(Number(value & LOW_MASK), offset + width - LOW_WIDTH);
    }
  },
};

const littleEndian: ByteOrder = {
  read(source, offset, width) {
    if (width === 8) return source.readBigUInt64LE(offset);
    if (width <= MAX_NUMBER_WIDTH) return BigInt(source.readUIntLE(offset, width));
    const high = BigInt(source.readUIntLE(offset + LOW_WIDTH, width - LOW_WIDTH));
    return (high << LOW_BITS) | BigInt(source.readUInt32LE(offset));
  },
  write(target, offset, width, value) {
    if (width === 8) target.writeBigUInt64LE(value, offset);
    else if (width <= MAX_NUMBER_WIDTH) target.writeUIntLE(Number(value), offset, width);
    else {
      target.writeUInt32LE(Number(value & LOW_MASK), offset);
      target.writeUIntLE(Number(value >> LOW_BITS), offset + LOW_WIDTH, width - LOW_WIDTH);
    }
  },
};
