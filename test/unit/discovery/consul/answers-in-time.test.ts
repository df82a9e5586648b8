import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Clock, install } from '@sinonjs/fake-timers';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { consulDiscovery, registerService } from '../../../../lib/discovery/consul/index.js';
import { waitFor } from '../../../support/wait-for.js';

const MINUTE_MS = 60_000;

describe('consulDiscovery and time', () => {
  let server: Server;
  let clock: Clock;
  let questions: { url: URL; answer: ServerResponse }[];
  let errors: string[];
  let lists: number;
  let stop: () => Promise<void>;

  beforeEach(async () => {
    stop = async () => {};
    questions = [];
    errors = [];
    lists = 0;
    server = createServer(({ url }, answer) => questions.push({ url: new URL(url!, 'http://x'), answer }));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    clock = install({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });
  afterEach(async () => {
    await stop();
    clock.uninstall();
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;

  function watch(waitMs?: number): void {
    const controller = new AbortController();
    const discovery = consulDiscovery({ address: address(), service: 'web', waitMs });
    const ended = (async () => {
      const onError = (error: unknown) => errors.push((error as Error).message);
      for await (const _ of discovery.watch(controller.signal, onError)) lists++;
    })();
    stop = async () => {
      controller.abort();
      await ended;
    };
  }

  /** Waits for the next question, and gives it. */
  async function question(number: number) {
    await waitFor(`question ${number}`, () => questions.length === number);
    return questions[number - 1]!;
  }
  const reply = ({ answer }: { answer: ServerResponse }, index: number) =>
    answer.writeHead(200, { 'X-Consul-Index': index }).end('[]');
  /** Lets what is on its way arrive. */
  const settle = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

  it('waits five minutes by default, and longer than Consul for its answer', async () => {
    watch();
    reply(await question(1), 7);
    const { url } = await question(2);
    assert.deepEqual([url.searchParams.get('index'), url.searchParams.get('wait')], ['7', '300000ms']);
    // Consul may take a sixteenth more than it was asked to wait.
    await clock.tickAsync(5 * MINUTE_MS * (17 / 16) + 1_000);
    await settle();
    assert.deepEqual(errors, []);
    await clock.tickAsync(15_000);
    await waitFor('the error', () => errors.length === 1);
    assert.match(errors[0]!, /no answer within 328750 ms/);
    await clock.tickAsync(1_000);
    assert.equal((await question(3)).url.searchParams.get('index'), null);
  });

  it('waits as long as it is told to', async () => {
    watch(MINUTE_MS);
    reply(await question(1), 7);
    assert.equal((await question(2)).url.searchParams.get('wait'), '60000ms');
  });

  it('gives up on a first answer that does not come', async () => {
    watch();
    await question(1);
    await clock.tickAsync(10_000);
    await waitFor('the error', () => errors.length === 2);
    assert.match(errors[0]!, /no answer for 1000 ms yet/);
    assert.match(errors[1]!, /no answer within 10000 ms/);
  });

  it('asks twice at once, then twice a second, however fast the answers come', async () => {
    watch();
    const startedAt = clock.now;
    for (let number = 1; number <= 12; number++) {
      while (questions.length < number) {
        await clock.tickAsync(10);
        await settle();
      }
      // A question is seen when it arrives, which is not before it was asked.
      assert.ok(clock.now - startedAt >= (number - 2) * 500 - 10, `question ${number}`);
      reply(questions[number - 1]!, number);
      await settle();
    }
    assert.ok(clock.now - startedAt < 10_000);
    assert.equal(lists, 1);
  });

  it('has saved no more than two questions after a long silence', async () => {
    watch();
    reply(await question(1), 1);
    await question(2);
    await clock.tickAsync(4 * MINUTE_MS);
    const startedAt = clock.now;
    for (let number = 2; number <= 6; number++) {
      while (questions.length < number) {
        await clock.tickAsync(10);
        await settle();
      }
      reply(questions[number - 1]!, number);
      await settle();
    }
    // Two at once, the other two half a second apart.
    assert.ok(clock.now - startedAt >= 960, `${clock.now - startedAt} ms`);
  });

  it('gives up on an agent that does not answer a registration', async () => {
    const registered = registerService({ address: address(), service: 'web', host: '127.0.0.1', port: 9 });
    const rejected = assert.rejects(registered, { code: 'ERR_CONSUL', message: /no answer within 5000 ms/ });
    await question(1);
    await clock.tickAsync(5_000);
    await rejected;
  });

  it('takes a service that the agent has forgotten for deregistered', async () => {
    const registering = registerService({ address: address(), service: 'web', host: '127.0.0.1', port: 9 });
    (await question(1)).answer.end();
    const registration = await registering;
    const gone = registration.deregister();
    (await question(2)).answer.writeHead(404).end('Unknown service ID');
    await gone;
  });

  it('deregisters only when a confirmation under way has ended, which may register anew', async () => {
    const options = { address: address(), service: 'web', host: '127.0.0.1', port: 9, ttlMs: 300 };
    const registering = registerService(options);
    (await question(1)).answer.end();
    const registration = await registering;
    await clock.tickAsync(100);
    const confirmation = await question(2);
    const gone = registration.deregister();
    await settle();
    confirmation.answer.writeHead(404).end('Unknown check');
    (await question(3)).answer.end();
    (await question(4)).answer.end();
    await gone;
    assert.deepEqual(
      questions.map(({ url }) => url.pathname.split('/')[4]),
      ['register', 'pass', 'register', 'deregister'],
    );
  });
});
