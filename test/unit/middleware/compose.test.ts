import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { type Call, compose, type Middleware } from '../../../lib/middleware/index.js';
import { chainOf, defer, fakeCall, fakeNode, rejection } from './call-fixture.js';

const noting =
  (name: string, notes: string[]): Middleware =>
  async (_call, next) => {
    notes.push(`${name} in`);
    const value = await next();
    notes.push(`${name} out`);
    return value;
  };

describe('compose', () => {
  it('runs the middleware registered first outermost', async () => {
    const notes: string[] = [];
    const run = chainOf(noting('a', notes), noting('b', notes), noting('c', notes));

    const value = await run(() => {
      notes.push('call');
      return 'answer';
    });

    assert.equal(value, 'answer');
    assert.deepEqual(notes, ['a in', 'b in', 'c in', 'call', 'c out', 'b out', 'a out']);
  });

  it('runs the innermost step alone when there is no middleware', async () => {
    const call = fakeCall();
    assert.equal(await chainOf()((seen) => seen === call, call), true);
  });

  it('serves many calls at once with one chain', async () => {
    const run = chainOf(async (call, next) => [call.method, await next()]);
    const results = await Promise.all(
      Array.from({ length: 50 }, (_, i) => run(async () => i, fakeCall({ method: `m${i}` }))),
    );
    assert.deepEqual(
      results,
      Array.from({ length: 50 }, (_, i) => [`m${i}`, i]),
    );
  });

  it('turns synchronous throws of any step into rejections', async () => {
    const boom = new Error('boom');
    const thrower: Middleware = () => {
      throw boom;
    };
    let seenByOuter: unknown;
    const outer: Middleware = (_call, next) => {
      const promise = next();
      return promise.catch((error: unknown) => {
        seenByOuter = error;
        throw error;
      });
    };

    assert.equal(await rejection(chainOf(outer, thrower)(() => 1)), boom);
    assert.equal(seenByOuter, boom);
    const innermostThrows = chainOf(outer)(() => {
      throw boom;
    });
    assert.equal(await rejection(innermostThrows), boom);
  });

  it('accepts a middleware that gives a plain value', async () => {
    const plain = (() => 'cached') as unknown as Middleware;
    assert.equal(await chainOf(async (_call, next) => `<${await next()}>`, plain)(() => 1), '<cached>');
  });

  it('lets a middleware answer without calling next', async () => {
    let called = false;
    const value = await chainOf(async () => 'from the cache')(() => {
      called = true;
    });
    assert.equal(value, 'from the cache');
    assert.equal(called, false);
  });

  it('refuses what is not a function, by name', () => {
    assert.throws(() => compose([async () => 1, 'trace' as unknown as Middleware]), {
      code: 'ERR_INVALID_OPTION',
      message: "option 'middleware' must be a function, got 'trace' (string)",
    });
  });

  it('shows the outside which node, client and attempt the inside came to', async () => {
    const call = fakeCall();
    const b = fakeNode('b');
    const client = { ping: true };
    const seen: Call[] = [];
    const run = chainOf(
      async (outer, next) => {
        await next();
        seen.push(outer);
      },
      async (inner, next) => {
        await next();
        seen.push(inner);
      },
    );

    await run((view) => {
      view.node = b;
      view.client = client;
      view.attempt = 2;
    }, call);

    for (const view of [call, ...seen]) {
      assert.equal(view.node, b);
      assert.equal(view.client, client);
      assert.equal(view.attempt, 2);
    }
  });

  it('hands the method, the label and the signal inwards', async () => {
    const { signal } = new AbortController();
    const call = fakeCall({ method: 'echo', label: 'checkout', signal });
    await chainOf(
      (_c, next) => next(),
      (_c, next) => next(),
    )((view) => {
      assert.equal(view.method, 'echo');
      assert.equal(view.label, 'checkout');
      assert.equal(view.signal, signal);
    }, call);
  });

  it('gives two runs of next that are under way at once a signal, a node and a client each', async () => {
    const gates = [defer(), defer()];
    const views: Call[] = [];
    const signals = [new AbortController().signal, new AbortController().signal];
    const twice: Middleware = async (call, next) => {
      call.signal = signals[0];
      const first = next();
      call.signal = signals[1];
      const second = next();
      call.signal = undefined;
      return Promise.all([first, second]);
    };
    const through: Middleware = async (call, next) => {
      await Promise.resolve();
      call.signal = call.signal === signals[0] ? signals[0] : signals[1];
      return next();
    };

    const call = fakeCall();
    const done = chainOf(twice, through)(async (view) => {
      const i = views.push(view) - 1;
      view.node = fakeNode(`n${i}`);
      view.client = `client ${i}`;
      await gates[i]!.promise;
      return [view.node.id, view.client, view.signal === signals[i]];
    }, call);
    gates[1]!.resolve(undefined);
    gates[0]!.resolve(undefined);

    assert.deepEqual(await done, [
      ['n0', 'client 0', true],
      ['n1', 'client 1', true],
    ]);
    assert.notEqual(views[0], views[1]);
    assert.equal(call.signal, undefined);
  });
});
