import assert from 'node:assert/strict';
import { type CallProperties, InterceptingCall, type Interceptor, status } from '@grpc/grpc-js';
import { unary } from '../../../lib/clients/grpc/index.js';
import { failureOf } from '../../support/failure-of.js';
import { within } from '../../support/wait-for.js';
import { addressOf, assertStatus, echo, echoVia, usePool, withPool } from './fixture.js';
import { startTestbed, type Testbed } from './testbed.js';
import { LoadedTestbed, type Message, StaticTestbed, type TestbedClient } from './testbed-client.js';

/** A call of each kind to a server that never ends it. */
const endless: Record<string, (client: TestbedClient, options: { deadline?: number }) => Promise<unknown>> = {
  unary: (client, options) => unary((done) => client.echo({ text: 'hang' }, options, done)),
  'client-streaming': (client, options) => unary((done) => client.collect(options, done)),
  'server-streaming': (client, options) => endOf(client.repeat({ text: 'open', times: 2 }, options)),
  'bidi-streaming': (client, options) => endOf(client.chat(options)),
};

function endOf(stream: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    stream.on('error', reject).on('end', resolve).resume();
  });
}

describe('calls of a pooled gRPC client', () => {
  let testbed: Testbed;
  before(async () => {
    testbed = await startTestbed();
  });
  after(() => testbed.kill());

  it('are those of the client class that loadPackageDefinition makes', () =>
    withPool(addressOf(testbed), {}, async (pool) => {
      await pool.do((client) => assert.ok(client instanceof LoadedTestbed));
      assert.equal(await echoVia(pool, 'hello'), 'hello');
    }));

  it('are those of a static client class', () =>
    usePool(StaticTestbed, { address: addressOf(testbed) }, async (pool) => {
      await pool.do((client) => assert.ok(client instanceof StaticTestbed));
      assert.equal(await pool.do((client) => echo(client, 'hello')), 'hello');
    }));

  it('stream in either direction and in both', () =>
    withPool(addressOf(testbed), {}, async (pool) => {
      const collected = await pool.do((client) =>
        unary<Message>((done) => {
          const call = client.collect(done);
          for (const text of ['a', 'b', 'c']) call.write({ text });
          call.end();
          return call;
        }),
      );
      assert.equal(collected.text, 'a b c');
      const repeated = await pool.do((client) => textsOf(client.repeat({ text: 'again', times: 3 })));
      assert.deepEqual(repeated, ['again 0', 'again 1', 'again 2']);
      const chatted = await pool.do((client) => {
        const call = client.chat();
        for (const text of ['x', 'y']) call.write({ text });
        call.end();
        return textsOf(call);
      });
      assert.deepEqual(chatted, ['x', 'y']);
    }));

  for (const [kind, call] of Object.entries(endless)) {
    it(`have a deadline when they are ${kind}`, () =>
      withPool(addressOf(testbed), { requestTimeoutMs: 80 }, async (pool) => {
        const startedAt = performance.now();
        await assertStatus(
          pool.do((client) => call(client, {})),
          status.DEADLINE_EXCEEDED,
        );
        assert.ok(performance.now() - startedAt >= 75, 'the call ended before its time');
      }));

    it(`keep the deadline of their caller when they are ${kind}`, () =>
      withPool(addressOf(testbed), { requestTimeoutMs: 10_000 }, async (pool) => {
        const own = pool.do((client) => call(client, { deadline: Date.now() + 50 }));
        await assertStatus(within('the call ends', own, { timeoutMs: 2_000 }), status.DEADLINE_EXCEEDED);
      }));
  }

  it('go on beyond requestTimeoutMs when their caller says so', () =>
    withPool(addressOf(testbed), { requestTimeoutMs: 20 }, async (pool) => {
      assert.equal(await pool.do((client) => echo(client, 'slow 100', Infinity)), 'slow 100');
      assert.equal(await pool.do((client) => echo(client, 'slow 90', Date.now() + 5_000)), 'slow 90');
    }));

  it('have no deadline when requestTimeoutMs is Infinity', () =>
    withPool(
      addressOf(testbed),
      {
        requestTimeoutMs: Infinity,
        channelOptions: {
          callInvocationTransformer: (call) => {
            assert.equal(call.callOptions.deadline, undefined);
            return call;
          },
        },
      },
      async (pool) => assert.equal(await echoVia(pool, 'hello'), 'hello'),
    ));

  it('have a deadline beside interceptors and a transformer of their own', () => {
    const seen: unknown[] = [];
    const interceptor: Interceptor = (options, next) => {
      seen.push(typeof options.deadline);
      return new InterceptingCall(next(options));
    };
    let transformed = 0;
    const channelOptions = {
      interceptors: [interceptor],
      callInvocationTransformer: (call: CallProperties<unknown, unknown>) => {
        transformed++;
        return call;
      },
    };
    return withPool(addressOf(testbed), { channelOptions }, async (pool) => {
      await echoVia(pool, 'hello');
      await pool.do((client) =>
        unary((done) => client.echo({ text: 'hello' }, { interceptors: [interceptor] }, done)),
      );
      assert.deepEqual(seen, ['number', 'number']);
      assert.equal(transformed, 2);
    });
  });

  it('leave the connection in the pool whatever status the service answers', () =>
    withPool(addressOf(testbed), {}, async (pool) => {
      for (const name of [
        'INVALID_ARGUMENT',
        'NOT_FOUND',
        'INTERNAL',
        'UNAVAILABLE',
        'DEADLINE_EXCEEDED',
        'CANCELLED',
      ] as const) {
        await assertStatus(echoVia(pool, `fail ${name}`), status[name]);
      }
      const { dials, open } = pool.stats();
      assert.deepEqual({ dials, open }, { dials: 1, open: 1 });
    }));

  it('that are cancelled leave the connection in the pool', () =>
    withPool(addressOf(testbed), {}, async (pool) => {
      const controller = new AbortController();
      const call = pool.do((client) =>
        unary<Message>((done) => client.echo({ text: 'hang' }, done), { signal: controller.signal }),
      );
      setTimeout(() => controller.abort(new Error('changed my mind')), 20);
      assert.equal((await failureOf(call)).message, 'changed my mind');
      assert.equal(await echoVia(pool, 'hello'), 'hello');
      assert.equal(pool.stats().dials, 1);
    }));

  it('end when the signal of their do() aborts, and the connection with them', () =>
    withPool(addressOf(testbed), {}, async (pool) => {
      const controller = new AbortController();
      let call: Promise<unknown> = Promise.resolve();
      const done = pool.do(
        (client) => {
          call = assertStatus(echo(client, 'hang'), status.CANCELLED);
          return call;
        },
        { signal: controller.signal },
      );
      setTimeout(() => controller.abort(new Error('changed my mind')), 20);
      assert.equal((await failureOf(done)).message, 'changed my mind');
      await call;
      assert.equal(pool.stats().closed.broken, 1);
    }));

  it('end when the pool is closed by force', () =>
    withPool(addressOf(testbed), {}, async (pool) => {
      const transport = await pool.get();
      const call = assertStatus(echo(transport.client, 'hang'), status.CANCELLED);
      await within('the pool closes', pool.close({ timeoutMs: 20 }));
      assert.match((await call).details, /closed by this side/);
    }));
});

async function textsOf(stream: AsyncIterable<Message>): Promise<string[]> {
  const texts: string[] = [];
  for await (const { text } of stream) texts.push(text);
  return texts;
}
