import { type FrameCodec, lengthPrefixed, mindAlpha } from '../../../../lib/clients/mux/index.js';
import { frame } from './fixture.js';

/** An answer as a test describes it. `metaBytes` counts only where the protocol has such bytes. */
export interface AnswerPlan {
  readonly id: bigint;
  readonly payload: Uint8Array;
  readonly metaBytes: number;
}

/** A protocol, and how a server of it writes an answer. */
export interface Wire {
  readonly name: string;
  readonly codec: FrameCodec;
  answer(plan: AnswerPlan): Buffer;
}

const RESPONSE_CLASS_ID = 0x8baa59d693539253n;

function mindAlphaAnswer({ id, payload, metaBytes }: AnswerPlan): Buffer {
  const header = Buffer.alloc(32 + metaBytes, 0xee);
  const fields = [BigInt(metaBytes), BigInt(payload.length), RESPONSE_CLASS_ID, id];
  for (const [i, value] of fields.entries()) header.writeBigUInt64LE(value, 8 * i);
  return Buffer.concat([header, payload]);
}

function prefixed(idBytes: number, lengthBytes: number, endian: 'BE' | 'LE'): Wire {
  const codec = lengthPrefixed({ idBytes, lengthBytes, endian });
  return {
    name: `lengthPrefixed(${idBytes}, ${lengthBytes}, ${endian})`,
    codec,
    answer: ({ id, payload }) => frame(BigInt.asUintN(8 * idBytes, id), payload, codec),
  };
}

export const WIRES: readonly Wire[] = [
  { name: 'mindAlpha', codec: mindAlpha(), answer: mindAlphaAnswer },
  prefixed(8, 4, 'BE'),
  prefixed(4, 4, 'LE'),
  prefixed(2, 3, 'BE'),
  prefixed(1, 2, 'LE'),
];
