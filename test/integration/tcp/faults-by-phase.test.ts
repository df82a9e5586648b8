import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { tcpPool } from '../../../lib/clients/tcp/index.js';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import type { Fault, FaultPlace } from '../../support/fault.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { recordHandles } from '../../support/handles.js';
import { TcpServer } from '../../support/tcp-server.js';
import { type TlsFixture, tlsFixture } from '../../support/tls.js';
import { waitFor, within } from '../../support/wait-for.js';
import { failureOf } from './fixture.js';

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

/** When a fault strikes during a call: nowhere, inside or right before a message, either way. */
const callPhases: Record<string, FaultPlace> = {
  'before the question': { direction: 'toServer', afterBytes: 0 },
  'inside the question': { direction: 'toServer', afterBytes: 2 },
  'before the answer': { direction: 'toClient', afterBytes: 0 },
  'inside the answer': { direction: 'toClient', afterBytes: 2 },
};

/** How long an answer may take that will come. */
const ANSWER_MS = 1_000;

/** How long is waited for one that will not. */
const SILENCE_MS = 100;

/** Asks an echo server and reads the answer; fails when that is wrong, cut off or takes long. */
async function ask(socket: Socket, question: string, timeoutMs: number): Promise<string> {
  let take = (_: Buffer) => {};
  let onGone = () => {};
  const answer = new Promise<string>((resolve, reject) => {
    let text = '';
    take = (chunk) => {
      text += chunk.toString('latin1');
      if (text.length >= question.length) resolve(text);
    };
    onGone = () => reject(new Error('the connection ended in mid-call'));
  });
  socket.on('data', take).on('end', onGone).on('close', onGone);
  try {
    socket.write(question);
    assert.equal(await within('an answer', answer, { timeoutMs }), question);
    return question;
  } finally {
    socket.off('data', take).off('end', onGone).off('close', onGone);
  }
}

for (const kind of ['plain', 'TLS'] as const) {
  describe(`a TCP pool whose network fails (${kind})`, () => {
    let tls: TlsFixture;

    before(async () => {
      tls = await tlsFixture();
    });

    /** Runs `test` with a pool behind a proxy; whatever happened, the pool then works and leaves nothing behind. */
    async function behindProxy(
      test: (pool: ConnPool<Socket>, proxy: FaultProxy) => Promise<void>,
    ): Promise<void> {
      await null; // mocha starts the test's own timer when it has been given the promise
      const handles = recordHandles();
      const server = await TcpServer.start(kind === 'TLS' ? { tls: tls.server } : {});
      const proxy = await FaultProxy.start({ host: server.host, port: server.port });
      const pool = tcpPool({
        host: proxy.host,
        port: proxy.port,
        ...(kind === 'TLS' ? { tls: { ca: tls.ca } } : {}),
        heartbeat: (socket) => ask(socket, 'ping', ANSWER_MS),
        pool: {
          maxActive: 2,
          dialRetryCount: 0,
          dialTimeoutMs: ANSWER_MS,
          heartbeatTimeoutMs: ANSWER_MS,
          heartbeatIntervalMs: 0,
        },
      });
      try {
        await test(pool, proxy);
        proxy.heal();
        assert.equal(await within('a call on the healed network', call(pool)), 'hello');
      } finally {
        await within('the pool closes', pool.close());
        await proxy.close();
        await server.close();
      }
      const { open, dialing, closing, waiting } = pool.stats();
      assert.deepEqual({ open, dialing, closing, waiting }, { open: 0, dialing: 0, closing: 0, waiting: 0 });
      await handles.assertNoneLeft();
    }

    const call = (pool: ConnPool<Socket>) => pool.do((socket) => ask(socket, 'hello', ANSWER_MS));

    for (const fault of harmless) {
      it(`works, slower, under the fault '${fault.kind}'`, () =>
        behindProxy(async (pool, proxy) => {
          proxy.set(fault);
          for (let i = 0; i < 3; i++) assert.equal(await call(pool), 'hello');
          assert.equal(proxy.accepted, 1);
        }));
    }

    for (const fault of deadly) {
      it(`refuses a connection that meets '${fault.kind}' while it is dialed`, () =>
        behindProxy(async (pool, proxy) => {
          proxy.set(fault, { connections: 'new' });
          const error = await failureOf(call(pool));
          assert.equal(error.code, 'ERR_DIAL');
          assert.notEqual(error.cause, undefined);
          assert.equal(pool.stats().open, 0);
        }));

      it(`replaces an idle connection that meets '${fault.kind}', and no caller notices`, () =>
        behindProxy(async (pool, proxy) => {
          await pool.warmUp(2);
          proxy.set(fault, { connections: 'open' });
          const calls = await Promise.all([call(pool), call(pool), call(pool)]);
          assert.deepEqual(calls, ['hello', 'hello', 'hello']);
          await waitFor('both are replaced', () => proxy.accepted === 4 || pool.stats().open < 2);
        }));

      for (const [phase, place] of Object.entries(callPhases)) {
        it(`fails the one call whose connection meets '${fault.kind}' ${phase}, and destroys the connection`, () =>
          behindProxy(async (pool, proxy) => {
            const transport = await pool.get();
            proxy.set(fault, { ...place, connections: 'open' });
            await failureOf(ask(transport.client, 'hello', SILENCE_MS));
            await transport.close(true);
            assert.equal(pool.stats().closed.broken, 1);
            assert.equal(await call(pool), 'hello');
          }));
      }
    }
  });
}
