import assert from 'node:assert/strict';
import fc from 'fast-check';
import thrift from 'thrift';
import { AnswerReader } from '../../../../lib/clients/thrift/answer-reader.js';
import type { GeneratedClient, GeneratedClientClass } from '../../../../lib/clients/thrift/guarded-client.js';
import { PendingCalls } from '../../../../lib/clients/thrift/pending-calls.js';
import { resolveWireFormat, type ThriftOptions } from '../../../../lib/clients/thrift/thrift-options.js';
import Testbed from '../../../integration/thrift/gen-nodejs/Testbed.js';

const { Thrift } = thrift;
const Client = Testbed.Client as unknown as GeneratedClientClass;
const transports = { buffered: thrift.TBufferedTransport, framed: thrift.TFramedTransport };
const protocols = {
  binary: thrift.TBinaryProtocol,
  compact: thrift.TCompactProtocol,
  json: thrift.TJSONProtocol,
};
type Wire = { transport: keyof typeof transports; protocol: keyof typeof protocols };
const wires = (['buffered', 'framed'] as const).flatMap((transport) =>
  (['binary', 'compact', 'json'] as const).map((protocol): Wire => ({ transport, protocol })),
);

/** A reader with calls of `Notes` in flight, and what became of them. */
function readerFor(wire: Wire, seqids: number[], options: Partial<ThriftOptions<never>> = {}) {
  const format = resolveWireFormat({ ...wire, ...options }, Client);
  const client = new Client(undefined as never, format.output) as GeneratedClient;
  const pending = new PendingCalls(Infinity, () => {});
  const answers: { seqid: number; error: unknown; result: unknown }[] = [];
  for (const seqid of seqids) {
    pending.add(seqid, 'Notes');
    client._reqs[seqid] = (error, result) => answers.push({ seqid, error, result });
  }
  return { reader: new AnswerReader(format, client, pending), pending, answers, client };
}

/** An answer to `Notes`, written by the package; `claims` is the length its list claims to have. */
function answer(wire: Wire, seqid: number, notes: string[], claims = notes.length): Buffer {
  let written = Buffer.alloc(0);
  const transport = new transports[wire.transport](undefined, (bytes) => {
    written = bytes as Buffer<ArrayBuffer>;
  });
  const output = new protocols[wire.protocol](transport);
  output.writeMessageBegin('Notes', Thrift.MessageType.REPLY, seqid);
  output.writeStructBegin('Testbed_Notes_result');
  output.writeFieldBegin('success', Thrift.Type.LIST, 0);
  output.writeListBegin(Thrift.Type.STRING, claims);
  for (const note of notes) output.writeString(note);
  output.writeListEnd();
  output.writeFieldEnd();
  output.writeFieldStop();
  output.writeStructEnd();
  output.writeMessageEnd();
  output.flush();
  return written;
}

function cut(bytes: Buffer, places: number[]): Buffer[] {
  const ends = [...places.map((place) => place % bytes.length), bytes.length].sort((a, b) => a - b);
  return ends.map((end, i) => bytes.subarray(ends[i - 1] ?? 0, end)).filter((chunk) => chunk.length > 0);
}

for (const wire of wires) {
  describe(`the reader of Thrift answers (${wire.transport}, ${wire.protocol})`, () => {
    it('hands each answer to its call, however the bytes are cut', () => {
      const anyNotes = fc.array(fc.string({ unit: 'grapheme' }));
      fc.assert(
        fc.property(
          fc.array(anyNotes, { minLength: 1, maxLength: 5 }),
          fc.array(fc.nat()),
          (lists, places) => {
            const seqids = lists.map((_, i) => i + 1);
            const { reader, pending, answers } = readerFor(wire, seqids);
            const bytes = Buffer.concat(lists.map((notes, i) => answer(wire, i + 1, notes)));
            for (const chunk of cut(bytes, places)) reader.push(chunk);
            assert.deepEqual(
              answers,
              lists.map((result, i) => ({ seqid: i + 1, error: null, result })),
            );
            assert.equal(pending.size, 0);
          },
        ),
        { numRuns: 60 },
      );
    });

    it('never takes noise for an answer', () => {
      fc.assert(
        fc.property(fc.array(fc.uint8Array({ minLength: 1 }), { minLength: 1 }), (chunks) => {
          const { reader, answers } = readerFor(wire, [1]);
          try {
            for (const chunk of chunks) reader.push(Buffer.from(chunk));
          } catch (error) {
            assert.ok(error instanceof Error);
          }
          assert.deepEqual(answers, []);
        }),
        { numRuns: 200 },
      );
    });

    it('ends with an answer or an error when one byte of an answer is wrong and more follows', () => {
      const notes = ['first', 'second'];
      const right = answer(wire, 1, notes);
      const following = Buffer.concat(Array(4).fill(answer(wire, 2, notes)));
      for (let place = 0; place < right.length; place++) {
        const wrong = Buffer.from(right);
        wrong[place] = wrong[place]! ^ 0x55;
        const { reader, pending } = readerFor(wire, [1, 2], { maxFrameBytes: following.length });
        let failed = false;
        try {
          for (const chunk of [wrong, following, following]) reader.push(chunk);
        } catch {
          failed = true;
        }
        assert.ok(failed || pending.size === 0, `byte ${place} wrong: nothing came of it`);
      }
    });

    for (const claims of [2 ** 31 - 1, 1_000]) {
      it(`does not read a list of 2 elements that claims ${claims}`, () => {
        const { reader, answers } = readerFor(wire, [1], { maxFrameBytes: 500 });
        assert.throws(() => reader.push(answer(wire, 1, ['a', 'b'], claims)));
        assert.deepEqual(answers, []);
      });
    }

    if (wire.transport === 'framed' || wire.protocol === 'json') {
      it('does not wait for the rest of a list when the message is there in full', () => {
        const { reader } = readerFor(wire, [1]);
        assert.throws(() => reader.push(answer(wire, 1, ['a', 'b'], 400)), /within a message|lacks a part/);
      });
    }

    it('refuses data that no call asked for', () => {
      const { reader } = readerFor(wire, []);
      assert.throws(() => reader.push(Buffer.from('x')), /1 bytes that no call asked for/);
      const { reader: second } = readerFor(wire, [1]);
      const bytes = Buffer.concat([answer(wire, 1, []), Buffer.from([1, 2, 3])]);
      assert.throws(() => second.push(bytes));
    });

    it('reads on when the callback of a call throws; the error surfaces as uncaught', async () => {
      const { reader, answers, client } = readerFor(wire, [1, 2]);
      client._reqs[1] = () => {
        throw new Error('of the callback');
      };
      const uncaught = takeNextUncaught();
      reader.push(Buffer.concat([answer(wire, 1, []), answer(wire, 2, ['kept'])]));
      assert.deepEqual(answers, [{ seqid: 2, error: null, result: ['kept'] }]);
      assert.match((await uncaught).message, /of the callback/);
    });
  });
}

/** Takes the next uncaught exception away from the test runner. */
function takeNextUncaught(): Promise<Error> {
  const listeners = process.listeners('uncaughtException');
  process.removeAllListeners('uncaughtException');
  return new Promise((resolve) => {
    process.once('uncaughtException', (error) => {
      for (const listener of listeners) process.on('uncaughtException', listener);
      resolve(error);
    });
  });
}
