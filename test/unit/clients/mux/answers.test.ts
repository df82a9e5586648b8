import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { MuxConnection } from '../../../../lib/clients/mux/index.js';
import { failureOf } from '../../../support/failure-of.js';
import { TcpServer } from '../../../support/tcp-server.js';
import { waitFor, within } from '../../../support/wait-for.js';
import { CODEC, frame, withConnection } from './fixture.js';

const text = async (answer: Promise<Buffer>) => String(await within('the answer', answer));

describe('a request on a multiplexed connection', () => {
  it('gets its own answer, whatever the order the answers come in', () =>
    withConnection({}, async (connection, peer) => {
      const answers = ['a', 'b', 'c'].map((name) => connection.request(Buffer.from(name)));
      const requests = await peer.requests(3);
      for (const { id, payload } of requests.reverse()) peer.answer(id, `answer to ${payload}`);
      assert.deepEqual(await Promise.all(answers.map(text)), ['answer to a', 'answer to b', 'answer to c']);
      const { inFlight, requests: made, answers: got } = connection.stats();
      assert.deepEqual({ inFlight, made, got }, { inFlight: 0, made: 3, got: 3 });
    }));

  it('has an id that no other in flight has', () =>
    withConnection({}, async (connection, peer) => {
      const answers = Array.from({ length: 1_000 }, (_, i) => connection.request(Buffer.from(`${i}`)));
      const requests = await peer.requests(1_000);
      assert.equal(new Set(requests.map(({ id }) => id)).size, 1_000);
      for (const { id, payload } of requests) peer.answer(id, payload);
      assert.deepEqual(
        await Promise.all(answers.map(text)),
        requests.map((_, i) => `${i}`),
      );
    }));

  it('may be empty, and so may its answer', () =>
    withConnection({}, async (connection, peer) => {
      const answer = connection.request(Buffer.alloc(0));
      const [request] = await peer.requests(1);
      assert.equal(request!.payload.length, 0);
      peer.answer(request!.id, '');
      assert.equal(await text(answer), '');
    }));

  it('arrives as it was sent however long it is, and so does its answer', () =>
    withConnection({}, async (connection, peer) => {
      const sizes = [1, 4_095, 4_096, 4_097, 70_000, 3_000_000];
      const payloads = sizes.map((size, i) => Buffer.alloc(size, `${i}-`));
      const answers = payloads.map((payload) => connection.request(payload));
      for (const [i, { id, payload }] of (await peer.requests(sizes.length)).entries()) {
        assert.ok(payload.equals(payloads[i]!), `request of ${sizes[i]} bytes`);
        peer.answer(id, payload);
      }
      for (const [i, answer] of (await Promise.all(answers)).entries()) {
        assert.ok(answer.equals(payloads[i]!), `answer of ${sizes[i]} bytes`);
      }
    }));

  it('is answered when frames come split into single bytes, and merged', () =>
    withConnection({}, async (connection, peer) => {
      const answers = ['one', 'two', 'three'].map((name) => connection.request(Buffer.from(name)));
      const [one, two, three] = await peer.requests(3);
      for (const byte of frame(two!.id, 'second')) {
        peer.socket.write(Buffer.from([byte]));
        await new Promise(setImmediate);
      }
      peer.socket.write(Buffer.concat([frame(three!.id, 'third'), frame(one!.id, 'first')]));
      assert.deepEqual(await Promise.all(answers.map(text)), ['first', 'second', 'third']);
    }));

  it('sends what any typed array of bytes holds', () =>
    withConnection({}, async (connection, peer) => {
      const answer = connection.request(new Uint8Array([0, 1, 2, 255]).subarray(1));
      const [request] = await peer.requests(1);
      assert.deepEqual([...request!.payload], [1, 2, 255]);
      peer.answer(request!.id, 'ok');
      await answer;
    }));

  it('goes out together with the others of its turn', () =>
    withConnection({}, async (connection, peer) => {
      const answers = [1, 2, 3].map(() => connection.request(Buffer.from('small')));
      assert.equal(connection.socket.writableCorked, 1);
      await new Promise<void>((resolve) => process.nextTick(resolve));
      assert.equal(connection.socket.writableCorked, 0);
      for (const { id } of await peer.requests(3)) peer.answer(id, 'ok');
      await Promise.all(answers);
    }));

  it('may be made before the socket is connected', async () => {
    await using server = await TcpServer.start(); // what it echoes is an answer, as both have one layout
    const socket = connect({ host: server.host, port: server.port });
    const connection = new MuxConnection(socket, { codec: CODEC });
    assert.ok(socket.connecting);
    assert.equal(await text(connection.request(Buffer.from('early'))), 'early');
    await connection.close();
  });
});

describe('answers that nobody waits for', () => {
  it('are dropped and counted when nobody knows their ids', () =>
    withConnection({}, async (connection, peer) => {
      const answer = connection.request(Buffer.from('hello'));
      const [request] = await peer.requests(1);
      peer.answer(999n, 'who asked?');
      peer.answer(request!.id, 'hello');
      peer.answer(request!.id, 'hello again');
      assert.equal(await text(answer), 'hello');
      await waitFor('both are counted', () => connection.stats().unknownAnswers === 2);
      assert.equal(connection.isBroken, false);
    }));

  it('are dropped on an idle connection, which goes on working', () =>
    withConnection({}, async (connection, peer) => {
      peer.answer(7n, Buffer.alloc(200_000));
      await waitFor('it is counted', () => connection.stats().unknownAnswers === 1);
      const answer = connection.request(Buffer.from('hello'));
      const [request] = await peer.requests(1);
      peer.answer(request!.id, 'hello');
      assert.equal(await text(answer), 'hello');
    }));

  it('are dropped and counted as late when their requests were given up', () =>
    withConnection({}, async (connection, peer) => {
      const controller = new AbortController();
      const aborted = failureOf(connection.request(Buffer.from('abort'), { signal: controller.signal }));
      const timedOut = failureOf(connection.request(Buffer.from('time out'), { timeoutMs: 5 }));
      const requests = await peer.requests(2);
      controller.abort(new Error('enough'));
      assert.equal((await aborted).message, 'enough');
      assert.equal((await timedOut).code, 'ERR_MUX_TIMEOUT');
      assert.equal(connection.stats().abandoned, 2);
      for (const { id } of requests) peer.answer(id, 'too late');
      await waitFor('both are counted', () => connection.stats().lateAnswers === 2);
      const { abandoned, unknownAnswers } = connection.stats();
      assert.deepEqual({ abandoned, unknownAnswers }, { abandoned: 0, unknownAnswers: 0 });
    }));

  it('are dropped and counted as late when the request is given up while the answer comes', () =>
    withConnection({}, async (connection, peer) => {
      const controller = new AbortController();
      const aborted = failureOf(connection.request(Buffer.from('abort'), { signal: controller.signal }));
      const [request] = await peer.requests(1);
      const answer = frame(request!.id, 'x'.repeat(1_000));
      const next = connection.request(Buffer.from('next'));
      peer.socket.write(answer.subarray(0, 100));
      await waitFor('the first part is read', () => connection.socket.bytesRead === 100);
      controller.abort(new Error('enough'));
      await aborted;
      const [, second] = await peer.requests(2);
      peer.socket.write(answer.subarray(100));
      peer.answer(second!.id, 'next');
      assert.equal(await text(next), 'next');
      const { lateAnswers, abandoned } = connection.stats();
      assert.deepEqual({ lateAnswers, abandoned }, { lateAnswers: 1, abandoned: 0 });
    }));
});
