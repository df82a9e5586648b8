import assert from 'node:assert/strict';
import { muxRequest } from '../../../lib/clients/mux/index.js';
import { failureOf } from '../../support/failure-of.js';
import type { Fault, FaultPlace } from '../../support/fault.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor, within } from '../../support/wait-for.js';
import { type FramePool, withMuxPool } from './fixture.js';

/** A connection under these is slow, but works. */
const harmless: Fault[] = [
  { kind: 'none' },
  { kind: 'delay', ms: 10 },
  { kind: 'throttle', bytesPerSecond: 20_000 },
  { kind: 'fragment' },
];

/** A connection under these does not. */
const deadly: Fault[] = [
  { kind: 'blackhole' },
  { kind: 'stall' },
  { kind: 'corrupt' },
  { kind: 'halfClose' },
  { kind: 'cut' },
  { kind: 'reset' },
];

/** When a fault strikes: nowhere, inside or right before a frame, either way. */
const phases: Record<string, FaultPlace> = {
  'before the requests': { direction: 'toServer', afterBytes: 0 },
  'inside a request': { direction: 'toServer', afterBytes: 20 },
  'before the answers': { direction: 'toClient', afterBytes: 0 },
  'inside an answer': { direction: 'toClient', afterBytes: 20 },
};

/** How long a request may take whose connection is mistreated. */
const REQUEST_MS = 150;

const questions = Array.from({ length: 10 }, (_, i) => `question ${i}`);
const askAll = (pool: FramePool, timeoutMs: number) =>
  questions.map((text) => muxRequest(pool, Buffer.from(text), { timeoutMs }).then(String));

describe('a pool of multiplexed connections whose network fails', () => {
  /** Runs `test` with a pool of one connection behind a proxy; whatever happened, the pool then works again. */
  async function behindProxy(test: (pool: FramePool, proxy: FaultProxy) => Promise<void>): Promise<void> {
    await using server = await TcpServer.start(); // what it echoes is an answer, as both have one layout
    await using proxy = await FaultProxy.start(server);
    const options = { requestTimeoutMs: REQUEST_MS, pool: { maxActive: 1, dialRetryCount: 0 } };
    await withMuxPool(proxy, options, async (pool) => {
      await test(pool, proxy);
      proxy.heal();
      await within('the pool works again', recovery(pool), { timeoutMs: 10_000 });
    });
  }

  /** A connection under a silent fault leaves the pool once nothing was heard for long enough. */
  async function recovery(pool: FramePool): Promise<void> {
    await waitFor('an answer', () =>
      muxRequest(pool, Buffer.from('hello'), { timeoutMs: 1_000 }).then(
        (answer) => String(answer) === 'hello',
        () => false,
      ),
    );
  }

  for (const fault of harmless) {
    it(`works, slower, under the fault '${fault.kind}'`, () =>
      behindProxy(async (pool, proxy) => {
        proxy.set(fault);
        assert.deepEqual(await Promise.all(askAll(pool, 5_000)), questions);
        assert.equal(proxy.accepted, 1);
      }));
  }

  for (const fault of deadly) {
    for (const [phase, place] of Object.entries(phases)) {
      it(`ends every request when '${fault.kind}' strikes ${phase}, and mixes no answers up`, () =>
        behindProxy(async (pool, proxy) => {
          await pool.warmUp(1);
          proxy.set(fault, { ...place, connections: 'open' });
          const ends = await Promise.allSettled(askAll(pool, REQUEST_MS));
          assert.ok(ends.some(({ status }) => status === 'rejected'));
          for (const [i, end] of ends.entries()) {
            if (end.status === 'fulfilled')
              assert.match(end.value, fault.kind === 'corrupt' ? /./ : RegExp(questions[i]!));
            else assert.match(end.reason.code, /^ERR_(MUX_(TIMEOUT|CONNECTION|PROTOCOL)|WAIT_TIMEOUT|DIAL)$/);
          }
        }));
    }

    it(`notices '${fault.kind}' on an idle connection at once, or by the next request`, () =>
      behindProxy(async (pool, proxy) => {
        await pool.warmUp(1);
        proxy.set(fault, { connections: 'open' });
        const end = await muxRequest(pool, Buffer.from('hello'), { timeoutMs: REQUEST_MS }).then(
          String,
          (error) => error,
        );
        if (end !== 'hello') assert.match(end.code, /^ERR_MUX_/);
      }));
  }

  it('says that nobody listens', async () => {
    const server = await TcpServer.start();
    const { port } = server;
    await server.close();
    await withMuxPool({ port }, { pool: { dialRetryCount: 0 } }, async (pool) => {
      const error = await failureOf(muxRequest(pool, Buffer.from('hello')));
      assert.equal(error.code, 'ERR_DIAL');
      assert.match(error.message, /connecting to 127\.0\.0\.1:\d+ failed: .*ECONNREFUSED/);
    });
  });
});
