import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { bulkhead, MiddlewareError } from '../../../lib/middleware/index.js';
import {
  chainOf,
  type Deferred,
  defer,
  fakeCall,
  getEventListeners,
  rejection,
  stateOf,
} from './call-fixture.js';

/** Calls that run until they are told to end, in the order in which they started. */
function gated(options: Parameters<typeof bulkhead>[0]) {
  const run = chainOf(bulkhead(options));
  const started: { name: string; gate: Deferred<unknown> }[] = [];
  const start = (name: string, signal?: AbortSignal) =>
    run(() => {
      const gate = defer();
      started.push({ name, gate });
      return gate.promise;
    }, fakeCall({ signal }));
  const names = () => started.map(({ name }) => name).join(' ');
  const end = async (name: string) => {
    const { gate } = started.find((s) => s.name === name)!;
    gate.resolve(name);
    await stateOf(gate.promise);
  };
  return { start, started, names, end };
}

const tick = () => stateOf(Promise.resolve());

describe('bulkhead', () => {
  it('runs up to maxConcurrent calls at once and the waiting ones in order of arrival', async () => {
    const calls = gated({ maxConcurrent: 2, maxWaiting: 3 });
    const all = ['a', 'b', 'c', 'd', 'e'].map((name) => calls.start(name));
    await tick();
    assert.equal(calls.names(), 'a b');
    await calls.end('b');
    assert.equal(calls.names(), 'a b c');
    await calls.end('a');
    await calls.end('c');
    await calls.end('d');
    await calls.end('e');
    assert.equal(calls.names(), 'a b c d e');
    assert.deepEqual(await Promise.all(all), ['a', 'b', 'c', 'd', 'e']);
  });

  it('keeps to maxConcurrent however often a place is handed on', async () => {
    const run = chainOf(bulkhead({ maxConcurrent: 3, maxWaiting: Infinity }));
    let running = 0;
    let most = 0;
    const call = () =>
      run(async () => {
        most = Math.max(most, ++running);
        await tick();
        running--;
      });
    for (let round = 0; round < 3; round++) await Promise.all(Array.from({ length: 20 }, call));
    assert.equal(most, 3);
  });

  it('refuses a call past maxWaiting with a MiddlewareError that gives the figures', async () => {
    const calls = gated({ maxConcurrent: 1, maxWaiting: 1 });
    const all = [calls.start('a'), calls.start('b')];
    const error = (await rejection(calls.start('c'))) as MiddlewareError;
    assert.ok(error instanceof MiddlewareError);
    assert.equal(error.code, 'ERR_MIDDLEWARE');
    assert.equal(error.message, 'bulkhead: 1 calls run (maxConcurrent 1) and 1 wait (maxWaiting 1)');
    await calls.end('a');
    await calls.end('b');
    await Promise.all(all);
  });

  it('lets nobody wait unless told otherwise', async () => {
    const calls = gated({ maxConcurrent: 1 });
    const first = calls.start('a');
    assert.ok((await rejection(calls.start('b'))) instanceof MiddlewareError);
    await calls.end('a');
    await first;
    const next = calls.start('c');
    await tick();
    await calls.end('c');
    assert.equal(await next, 'c');
  });

  it('frees the place of a call that fails', async () => {
    const run = chainOf(bulkhead({ maxConcurrent: 1 }));
    const error = new Error('failed');
    for (let i = 0; i < 3; i++) assert.equal(await rejection(run(() => Promise.reject(error))), error);
    const thrown = bulkhead({ maxConcurrent: 1 });
    for (let i = 0; i < 3; i++) {
      const failed = thrown(fakeCall(), () => {
        throw error;
      });
      assert.equal(await rejection(failed), error);
    }
  });

  it('takes a call that aborts out of the line at once, wherever it stands', async () => {
    const calls = gated({ maxConcurrent: 1, maxWaiting: 3 });
    const aborts = { b: new AbortController(), c: new AbortController(), d: new AbortController() };
    const a = calls.start('a');
    const b = rejection(calls.start('b', aborts.b.signal));
    const c = rejection(calls.start('c', aborts.c.signal));
    const d = rejection(calls.start('d', aborts.d.signal));
    assert.ok((await rejection(calls.start('full'))) instanceof MiddlewareError);

    aborts.c.abort(new Error('c left'));
    assert.equal(((await c) as Error).message, 'c left');
    const e = calls.start('e');
    aborts.d.abort(new Error('d left'));
    await d;
    const f = calls.start('f');
    aborts.b.abort(new Error('b left'));
    await b;

    for (const name of ['a', 'e', 'f']) await calls.end(name);
    assert.equal(calls.names(), 'a e f');
    await Promise.all([a, e, f]);
    for (const { signal } of Object.values(aborts))
      assert.equal(getEventListeners(signal, 'abort').length, 0);
  });

  it('leaves no listener on the signal of a call that was served', async () => {
    const { signal } = new AbortController();
    const calls = gated({ maxConcurrent: 1, maxWaiting: 1 });
    const all = [calls.start('a'), calls.start('b', signal)];
    assert.equal(getEventListeners(signal, 'abort').length, 1);
    await tick();
    await calls.end('a');
    assert.equal(getEventListeners(signal, 'abort').length, 0);
    await calls.end('b');
    await Promise.all(all);
  });

  it('does not start a call whose signal is aborted already', async () => {
    const calls = gated({ maxConcurrent: 1 });
    const reason = new Error('gone');
    assert.equal(await rejection(calls.start('a', AbortSignal.abort(reason))), reason);
    assert.equal(calls.names(), '');
  });

  it('lets 20,000 calls wait and leave without searching the line', async () => {
    const calls = gated({ maxConcurrent: 1, maxWaiting: Infinity });
    const first = calls.start('a');
    const waiting = Array.from({ length: 20_000 }, () => {
      const controller = new AbortController();
      return { controller, failed: rejection(calls.start('waiting', controller.signal)) };
    });
    const startedAt = performance.now();
    for (const { controller } of waiting.reverse()) controller.abort(new Error('left'));
    await Promise.all(waiting.map(({ failed }) => failed));
    assert.ok(performance.now() - startedAt < 5_000);
    await calls.end('a');
    await first;
    assert.equal(calls.names(), 'a');
  });

  for (const [options, option] of [
    [{}, 'maxConcurrent'],
    [{ maxConcurrent: 0 }, 'maxConcurrent'],
    [{ maxConcurrent: Infinity }, 'maxConcurrent'],
    [{ maxConcurrent: '2' }, 'maxConcurrent'],
    [{ maxConcurrent: 1, maxWaiting: -1 }, 'maxWaiting'],
    [{ maxConcurrent: 1, maxQueue: 1 }, 'maxQueue'],
    [undefined, 'options'],
  ] as const) {
    it(`refuses ${inspect(options)}, naming '${option}'`, () => {
      assert.throws(() => bulkhead(options as never), { code: 'ERR_INVALID_OPTION', option });
    });
  }
});
