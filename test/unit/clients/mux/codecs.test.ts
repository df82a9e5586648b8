import assert from 'node:assert/strict';
import { type FrameCodec, lengthPrefixed, mindAlpha } from '../../../../lib/clients/mux/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';

function header(codec: FrameCodec, id: bigint, payloadBytes: number): string {
  const target = Buffer.alloc(codec.requestHeaderBytes);
  codec.writeRequestHeader(target, id, payloadBytes);
  return target.toString('hex');
}

describe('lengthPrefixed', () => {
  const layouts: [number, number, 'BE' | 'LE', string][] = [
    [4, 4, 'BE', '00000102 0000abcd'],
    [4, 4, 'LE', '02010000 cdab0000'],
    [8, 4, 'BE', '00000102 000000000000abcd'],
    [8, 4, 'LE', '02010000 cdab000000000000'],
    [2, 8, 'BE', '0000000000000102 abcd'],
    [2, 3, 'LE', '020100 cdab'],
    [7, 2, 'BE', '0102 0000000000abcd'],
    [7, 2, 'LE', '0201 cdab0000000000'],
    [6, 7, 'BE', '00000000000102 00000000abcd'],
    [5, 7, 'LE', '02010000000000 cdab000000'],
  ];
  for (const [idBytes, lengthBytes, endian, hex] of layouts) {
    it(`writes a length of ${lengthBytes} bytes, then an id of ${idBytes}, ${endian}`, () => {
      const codec = lengthPrefixed({ idBytes, lengthBytes, endian });
      assert.equal(header(codec, 0xabcdn, 0x102), hex.replace(' ', ''));
      assert.equal(codec.requestHeaderBytes, idBytes + lengthBytes);
    });
  }

  it('is big endian when it is told nothing', () => {
    assert.equal(header(lengthPrefixed({ idBytes: 2, lengthBytes: 2 }), 1n, 2), '00020001');
  });

  for (const endian of ['BE', 'LE'] as const) {
    it(`reads what it writes, for every width and up to the largest values, ${endian}`, () => {
      for (let idBytes = 1; idBytes <= 8; idBytes++) {
        for (let lengthBytes = 1; lengthBytes <= 8; lengthBytes++) {
          const codec = lengthPrefixed({ idBytes, lengthBytes, endian });
          const some = BigInt.asUintN(8 * idBytes, 0x0123_4567_89ab_cdefn);
          for (const id of [0n, 1n, some, codec.maxId]) {
            for (const payloadBytes of [0, 1, codec.maxPayloadBytes]) {
              const bytes = Buffer.alloc(3 + codec.answerHeaderBytes, 0xee);
              codec.writeRequestHeader(bytes.subarray(3), id, payloadBytes);
              const expected = { id, skipBytes: 0, payloadBytes };
              assert.deepEqual(codec.readAnswerHeader(bytes, 3), expected, `${idBytes}, ${lengthBytes}`);
            }
          }
        }
      }
    });
  }

  const refused: [unknown, string][] = [
    [undefined, 'options'],
    [{}, 'idBytes'],
    [{ idBytes: 0, lengthBytes: 4 }, 'idBytes'],
    [{ idBytes: 9, lengthBytes: 4 }, 'idBytes'],
    [{ idBytes: 1.5, lengthBytes: 4 }, 'idBytes'],
    [{ idBytes: '4', lengthBytes: 4 }, 'idBytes'],
    [{ idBytes: 4 }, 'lengthBytes'],
    [{ idBytes: 4, lengthBytes: 16 }, 'lengthBytes'],
    [{ idBytes: 4, lengthBytes: 4, endian: 'be' }, 'endian'],
    [{ idBytes: 4, lengthBytes: 4, endianness: 'BE' }, 'endianness'],
  ];
  for (const [options, option] of refused) {
    it(`refuses ${option} of ${JSON.stringify(options)}`, () => {
      assert.throws(
        () => lengthPrefixed(options as never),
        (error) => error instanceof InvalidOptionError && error.option === option,
      );
    });
  }
});

describe('mindAlpha', () => {
  const codec = mindAlpha();

  it('writes four u64, little endian, and 8 bytes of meta', () => {
    const expected = [
      '0800000000000000', // size of the meta
      '0201000000000000', // size of the data
      '12098753f8c483e6', // class id of a request
      'efcdab8967452301', // request id
      '12098753f8c483e6', // the meta
    ];
    assert.equal(header(codec, 0x0123_4567_89ab_cdefn, 0x102), expected.join(''));
  });

  const response = (metaBytes: bigint, dataBytes: bigint, classId: bigint, id: bigint) => {
    const bytes = Buffer.alloc(32);
    for (const [i, value] of [metaBytes, dataBytes, classId, id].entries())
      bytes.writeBigUInt64LE(value, 8 * i);
    return bytes;
  };

  it("reads a response's sizes and id", () => {
    const bytes = response(24n, 5n, 0x8baa59d693539253n, 2n ** 64n - 1n);
    assert.deepEqual(codec.readAnswerHeader(bytes, 0), {
      id: 2n ** 64n - 1n,
      skipBytes: 24,
      payloadBytes: 5,
    });
  });

  it('refuses every other class id, that of requests too', () => {
    for (const classId of [0xe683c4f853870912n, 0n, 0x8baa59d693539252n, 0x5392_5393_d659_aa8bn]) {
      assert.throws(
        () => codec.readAnswerHeader(response(0n, 0n, classId, 1n), 0),
        new RegExp(
          `processor class id of a response is 0x8baa59d693539253, this one's is 0x${classId.toString(16)}`,
        ),
      );
    }
  });
});
