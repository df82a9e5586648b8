import assert from 'node:assert/strict';
import fc from 'fast-check';
import { FrameReader } from '../../../../lib/clients/mux/frame-reader.js';
import type { FrameCodec } from '../../../../lib/clients/mux/index.js';
import { type AnswerPlan, WIRES, type Wire } from './wire.js';

const MAX_FRAME_BYTES = 2_000;
const RUNS = 400;

/** What a stream comes to: its frames, whether it went wrong. */
interface Outcome {
  readonly frames: readonly (readonly [bigint, string])[];
  readonly failed: boolean;
}

/** Every other id is not wanted. */
const isWanted = (id: bigint) => id % 2n === 0n;

/** Reads a whole stream the simplest way there is. */
function readPlainly(codec: FrameCodec, stream: Buffer): Outcome {
  const frames: [bigint, string][] = [];
  let at = 0;
  while (at + codec.answerHeaderBytes <= stream.length) {
    let header: ReturnType<FrameCodec['readAnswerHeader']>;
    try {
      header = codec.readAnswerHeader(stream, at);
    } catch {
      return { frames, failed: true };
    }
    const from = at + codec.answerHeaderBytes + header.skipBytes;
    const to = from + header.payloadBytes;
    if (to - at > MAX_FRAME_BYTES) return { frames, failed: true };
    if (to > stream.length) break;
    if (isWanted(header.id)) frames.push([header.id, stream.toString('hex', from, to)]);
    at = to;
  }
  return { frames, failed: false };
}

/** Reads a stream cut at these places, and watches what is allocated for it. */
function readInPieces(codec: FrameCodec, stream: Buffer, cuts: readonly number[]): Outcome {
  const frames: [bigint, string][] = [];
  const reader = new FrameReader(codec, MAX_FRAME_BYTES, {
    begins: isWanted,
    takes: (id, payload) => frames.push([id, payload.toString('hex')]),
  });
  const { allocUnsafeSlow } = Buffer;
  let received = 0;
  Buffer.allocUnsafeSlow = (size) => {
    assert.ok(size <= Math.max(4_096, 2 * received), `${size} bytes for ${received} that came`);
    return allocUnsafeSlow(size);
  };
  try {
    for (const [i, end] of [...cuts, stream.length].entries()) {
      received = end;
      reader.push(stream.subarray(cuts[i - 1] ?? 0, end));
    }
    return { frames, failed: false };
  } catch (error) {
    if (error instanceof assert.AssertionError || (error as Error).name !== 'Error') throw error;
    return { frames, failed: true };
  } finally {
    Buffer.allocUnsafeSlow = allocUnsafeSlow;
  }
}

const answer: fc.Arbitrary<AnswerPlan> = fc.record({
  id: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
  payload: fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.nat(1_800).map((length) => new Uint8Array(length).fill(length)),
  ),
  metaBytes: fc.nat(60),
});

const answers = fc.array(answer, { maxLength: 8 });

/** Where a stream is cut: shares of its length, so that they fit any. */
const cutShares = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

function streamOf(wire: Wire, plans: readonly AnswerPlan[]): Buffer {
  return Buffer.concat(plans.map((plan) => wire.answer(plan)));
}

function cutsOf(shares: readonly number[], length: number): number[] {
  return shares.map((share) => Math.floor(share * length)).sort((a, b) => a - b);
}

for (const wire of WIRES) {
  describe(`frames of ${wire.name} on a stream that is mistreated`, () => {
    it('are read whole and in order however the stream is split', () => {
      fc.assert(
        fc.property(answers, cutShares, (plans, shares) => {
          const stream = streamOf(wire, plans);
          const { frames, failed } = readInPieces(wire.codec, stream, cutsOf(shares, stream.length));
          assert.equal(failed, false);
          const sent = plans.map(({ id, payload }): [bigint, string] => [
            id & wire.codec.maxId,
            Buffer.from(payload).toString('hex'),
          ]);
          assert.deepEqual(
            frames,
            sent.filter(([id]) => isWanted(id)),
          );
        }),
        { numRuns: RUNS },
      );
    });

    it('are read whole as far as they came when the stream is cut off', () => {
      fc.assert(
        fc.property(
          answers,
          cutShares,
          fc.double({ min: 0, max: 1, noNaN: true }),
          (plans, shares, share) => {
            const whole = streamOf(wire, plans);
            const stream = whole.subarray(0, Math.floor(share * whole.length));
            const outcome = readInPieces(wire.codec, stream, cutsOf(shares, stream.length));
            assert.deepEqual(outcome, readPlainly(wire.codec, stream));
          },
        ),
        { numRuns: RUNS },
      );
    });

    it('are read, or refused, the same way however it is split, when bits are flipped', () => {
      const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7)), {
        maxLength: 6,
      });
      fc.assert(
        fc.property(answers, cutShares, flips, (plans, shares, places) => {
          const stream = streamOf(wire, plans);
          for (const [share, bit] of places) {
            const at = Math.min(stream.length - 1, Math.floor(share * stream.length));
            if (at >= 0) stream[at]! ^= 1 << bit;
          }
          const outcome = readInPieces(wire.codec, stream, cutsOf(shares, stream.length));
          assert.deepEqual(outcome, readPlainly(wire.codec, stream));
        }),
        { numRuns: RUNS },
      );
    });

    it('are read, or refused, the same way however it is split, when it is noise', () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), cutShares, (noise, shares) => {
          const stream = Buffer.from(noise);
          const outcome = readInPieces(wire.codec, stream, cutsOf(shares, stream.length));
          assert.deepEqual(outcome, readPlainly(wire.codec, stream));
        }),
        { numRuns: RUNS },
      );
    });
  });
}
