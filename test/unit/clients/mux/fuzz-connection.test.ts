import assert from 'node:assert/strict';
import { once } from 'node:events';
import fc from 'fast-check';
import { MuxConnection, MuxConnectionError } from '../../../../lib/clients/mux/index.js';
import { within } from '../../../support/wait-for.js';
import { socketPair } from './socket-pair.js';
import { WIRES, type Wire } from './wire.js';

const RUNS = 60;

/** What happens to one request. */
interface RequestPlan {
  readonly payloadBytes: number;
  readonly metaBytes: number;
  readonly isAborted: boolean;
  readonly isAnswered: boolean;
  /** Where its answer goes among the others. */
  readonly rank: number;
}

const plan: fc.Arbitrary<RequestPlan> = fc.record({
  payloadBytes: fc.oneof(fc.nat(50), fc.nat(60_000)),
  metaBytes: fc.nat(40),
  isAborted: fc.boolean(),
  isAnswered: fc.boolean(),
  rank: fc.nat(1_000_000),
});

const plans = fc.array(plan, { minLength: 1, maxLength: 40 });
const chunkSizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 50_000 })), {
  minLength: 1,
  maxLength: 10,
});

/** The payload of the answer to request `id`: nothing else looks like it. */
function payloadOf(id: bigint, bytes: number): Buffer {
  return Buffer.alloc(bytes, `<${id}>`);
}

/** Registers a request per plan, aborts some of them, and gives how each ends: its payload or its error. */
function makeRequests(
  connection: MuxConnection,
  requests: readonly RequestPlan[],
): Promise<Buffer | Error>[] {
  return requests.map(({ isAborted }, i) => {
    const controller = new AbortController();
    const ended = connection
      .putRequest(BigInt(i), { signal: controller.signal })
      .catch((error: unknown) => error as Error);
    if (isAborted) controller.abort(new Error('aborted'));
    return ended;
  });
}

/** The answers in the order of their ranks, those that nobody asked for among them. */
function streamOf(wire: Wire, requests: readonly RequestPlan[], strangers: readonly number[]): Buffer {
  const answers = requests.flatMap(({ isAnswered, payloadBytes, metaBytes, rank }, i) =>
    isAnswered
      ? [
          {
            rank,
            bytes: wire.answer({ id: BigInt(i), payload: payloadOf(BigInt(i), payloadBytes), metaBytes }),
          },
        ]
      : [],
  );
  const unasked = strangers.map((rank) => ({
    rank,
    bytes: wire.answer({ id: 200n, payload: Buffer.from('nobody asked'), metaBytes: 3 }),
  }));
  return Buffer.concat([...answers, ...unasked].sort((a, b) => a.rank - b.rank).map(({ bytes }) => bytes));
}

for (const wire of WIRES) {
  describe(`a multiplexed connection that speaks ${wire.name} with a random server`, function () {
    this.timeout(60_000);

    it('gives every request its own answer, an error or its reason, whatever the order and the splits', () =>
      fc.assert(
        fc.asyncProperty(
          plans,
          fc.array(fc.nat(1_000_000), { maxLength: 5 }),
          chunkSizes,
          async (requests, strangers, sizes) => {
            await using pair = await socketPair();
            const connection = new MuxConnection(pair.client, { codec: wire.codec });
            const ends = makeRequests(connection, requests);
            const stream = streamOf(wire, requests, strangers);
            for (let at = 0, i = 0; at < stream.length; i++) {
              const size = sizes[i % sizes.length]!;
              pair.server.write(stream.subarray(at, at + size));
              if (i % 4 === 0) await new Promise(setImmediate);
              at += size;
            }
            pair.server.end();
            await within('the connection ends', once(pair.client, 'close'));
            for (const [i, end] of (await Promise.all(ends)).entries()) {
              const { isAborted, isAnswered, payloadBytes } = requests[i]!;
              if (isAborted) assert.equal((end as Error).message, 'aborted');
              else if (isAnswered)
                assert.ok(payloadOf(BigInt(i), payloadBytes).equals(end as Buffer), `answer ${i}`);
              else assert.ok(end instanceof MuxConnectionError);
            }
            const { answers, lateAnswers, unknownAnswers, inFlight } = connection.stats();
            const answered = requests.filter(({ isAnswered }) => isAnswered);
            assert.deepEqual(
              { answers, lateAnswers, unknownAnswers, inFlight },
              {
                answers: answered.filter(({ isAborted }) => !isAborted).length,
                lateAnswers: answered.filter(({ isAborted }) => isAborted).length,
                unknownAnswers: strangers.length,
                inFlight: 0,
              },
            );
          },
        ),
        { numRuns: RUNS },
      ));

    it('settles every request when bits of the answers are flipped, and never makes payloads up', () => {
      const flips = fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(7)), {
        minLength: 1,
        maxLength: 4,
      });
      return fc.assert(
        fc.asyncProperty(plans, flips, async (requests, places) => {
          await using pair = await socketPair();
          const connection = new MuxConnection(pair.client, { codec: wire.codec, maxFrameBytes: 100_000 });
          const ends = makeRequests(connection, requests);
          const stream = streamOf(wire, requests, []);
          for (const [share, bit] of places) {
            const at = Math.min(stream.length - 1, Math.floor(share * stream.length));
            if (at >= 0) stream[at]! ^= 1 << bit;
          }
          pair.server.end(stream);
          await within('the connection ends', once(pair.client, 'close'));
          let delivered = 0;
          for (const end of await Promise.all(ends)) {
            if (end instanceof Error) continue;
            delivered += end.length;
            assert.ok(stream.includes(end));
          }
          assert.ok(delivered <= stream.length);
          assert.equal(connection.stats().inFlight, 0);
        }),
        { numRuns: RUNS },
      );
    });
  });
}
