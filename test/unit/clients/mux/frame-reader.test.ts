import assert from 'node:assert/strict';
import { FrameReader } from '../../../../lib/clients/mux/frame-reader.js';
import { CODEC, frame } from './fixture.js';

/** A reader and what it gives. Ids above 1,000 are not wanted. */
function collect(maxFrameBytes = Infinity): {
  reader: FrameReader;
  frames: [bigint, Buffer][];
  dropped: bigint[];
} {
  const frames: [bigint, Buffer][] = [];
  const dropped: bigint[] = [];
  const reader = new FrameReader(CODEC, maxFrameBytes, {
    begins(id) {
      if (id <= 1_000n) return true;
      dropped.push(id);
      return false;
    },
    takes: (id, payload) => frames.push([id, payload]),
  });
  return { reader, frames, dropped };
}

describe('the reader of frames', () => {
  it('gives a frame as soon as its last byte has come, also an empty one', () => {
    const { reader, frames } = collect();
    const bytes = Buffer.concat([frame(1n, ''), frame(2n, 'x')]);
    for (const [i, byte] of bytes.entries()) {
      reader.push(Buffer.from([byte]));
      assert.equal(frames.length, Number(i >= 11) + Number(i >= 24));
      assert.equal(reader.isInFrame, i !== 11 && i !== 24);
    }
    assert.deepEqual(frames, [
      [1n, Buffer.alloc(0)],
      [2n, Buffer.from('x')],
    ]);
  });

  it('copies nothing of a payload that lies within one chunk', () => {
    const { reader, frames } = collect();
    const chunk = Buffer.concat([frame(1n, 'first'), frame(2n, 'second')]);
    reader.push(chunk);
    assert.deepEqual(
      frames.map(([, payload]) => String(payload)),
      ['first', 'second'],
    );
    for (const [, payload] of frames) assert.equal(payload.buffer, chunk.buffer);
  });

  it('throws away the payload of a frame that nobody wants, however it is split', () => {
    const bytes = Buffer.concat([
      frame(1n, 'a'),
      frame(2_000n, 'unwanted'),
      frame(3_000n, ''),
      frame(2n, 'b'),
    ]);
    for (let at = 0; at <= bytes.length; at++) {
      const { reader, frames, dropped } = collect();
      reader.push(bytes.subarray(0, at));
      reader.push(bytes.subarray(at));
      assert.deepEqual(
        frames.map(([id]) => id),
        [1n, 2n],
      );
      assert.deepEqual(dropped, [2_000n, 3_000n]);
    }
  });

  it('copies in proportion to the bytes, not to the square of the chunks', () => {
    const payload = Buffer.alloc(1_000_000, 'x');
    const all = frame(1n, payload);
    const { reader, frames } = collect();
    const { allocUnsafeSlow } = Buffer;
    let setAside = 0;
    Buffer.allocUnsafeSlow = (size) => {
      setAside += size;
      return allocUnsafeSlow(size);
    };
    try {
      for (let at = 0; at < all.length; at += 64) reader.push(all.subarray(at, at + 64));
    } finally {
      Buffer.allocUnsafeSlow = allocUnsafeSlow;
    }
    assert.ok(frames[0]![1].equals(payload));
    // What is set aside is what is copied into it; once per chunk it would be 8 GB.
    assert.ok(setAside < 3 * payload.length, `${setAside} bytes`);
  });

  it('sets aside memory for what has come, not for what is announced', () => {
    const { reader } = collect();
    const before = process.memoryUsage().arrayBuffers;
    reader.push(frame(1n, Buffer.alloc(100)).subarray(0, 12));
    const announced = Buffer.alloc(12);
    const readers = Array.from({ length: 100 }, () => collect().reader);
    announced.writeUInt32BE(0xffff_ffff);
    for (const other of readers) {
      other.push(announced);
      other.push(Buffer.alloc(1_000));
    }
    const grown = process.memoryUsage().arrayBuffers - before;
    assert.ok(grown < 100 * 16_384, `${grown} bytes for 100 frames of 4 GiB`);
  });

  it('refuses a frame beyond the limit, its header counted, as soon as it is announced', () => {
    const { reader, frames } = collect(20);
    reader.push(frame(1n, '12345678'));
    assert.equal(frames.length, 1);
    assert.throws(
      () => reader.push(frame(2n, '123456789').subarray(0, 12)),
      /a frame of 21 bytes is announced, maxFrameBytes is 20/,
    );
  });

  it('refuses a frame beyond the limit that nobody wants, too', () => {
    const { reader } = collect(20);
    assert.throws(() => reader.push(frame(5_000n, '123456789')), /a frame of 21 bytes/);
  });
});
