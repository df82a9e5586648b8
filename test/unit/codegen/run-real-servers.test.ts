import assert from 'node:assert/strict';
import { startEchoServer } from '../../../examples/thrift/echo-server.js';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { grpcPool } from '../../../lib/clients/grpc/index.js';
import { thriftPool } from '../../../lib/clients/thrift/index.js';
import { startTestbed } from '../../integration/grpc/testbed.js';
import { LoadedTestbed, type Message } from '../../integration/grpc/testbed-client.js';
import { waitFor } from '../../support/wait-for.js';
import { loadGolden } from './golden-run.js';

const { EchoPool } = await loadGolden<typeof import('./golden/thrift.js')>('thrift');
const { TestbedClientPool } = await loadGolden<typeof import('./golden/grpc.js')>('grpc');

describe('A generated class', () => {
  it('calls a Thrift server over pooled connections', async () => {
    const server = await startEchoServer({ host: '127.0.0.1', port: 0 });
    const pool = new EchoPool({
      connect: ({ host, port }) => thriftPool(EchoService, { host: host!, port: port! }),
    });
    try {
      pool.addEndpoint({ id: 'a', host: '127.0.0.1', port: Number(server.address) });
      await pool.Ping();
      const answers = await Promise.all(['a', 'b', 'c'].map((text) => pool.Echo(text)));
      assert.deepEqual(answers, ['a', 'b', 'c']);
      await assert.rejects(pool.Echo('refuse: x'), { name: 'EchoError' });
      const called = await new Promise((resolve) => {
        void pool.Echo('called back', (_error, response) => resolve(response));
      });
      assert.equal(called, 'called back');
      await waitFor('all given back', () => pool.cluster.stats().nodes[0]!.source.inUse === 0);
    } finally {
      await pool.close();
      await server.close();
    }
  });

  it('calls a gRPC server, streams included', async () => {
    const server = await startTestbed();
    const pool = new TestbedClientPool({
      connect: ({ host, port }) => grpcPool(LoadedTestbed, { address: `${host}:${port}` }),
    });
    try {
      pool.addEndpoint({ id: 'a', host: '127.0.0.1', port: server.port });
      const inUse = () => pool.cluster.stats().nodes[0]!.source.inUse;
      assert.equal((await pool.echo({ text: 'x' })).text, 'x');
      assert.equal((await pool.echo({ text: 'y' }, { deadline: Date.now() + 5_000 })).text, 'y');
      const called = await new Promise<Message | undefined>((resolve) => {
        void pool.echo({ text: 'z' }, (_error, message) => resolve(message));
      });
      assert.equal(called?.text, 'z');
      const texts: string[] = [];
      const stream = await pool.repeat({ text: 'r', times: 3 });
      assert.equal(inUse(), 1, 'lent while the stream is open');
      for await (const { text } of stream) texts.push(text);
      assert.equal(texts.length, 3);
      const collected = await new Promise<Message | undefined>((resolve) => {
        void pool
          .collect((_error, message) => resolve(message))
          .then((calls) => {
            calls.write({ text: 'a' });
            calls.end({ text: 'b' });
          });
      });
      assert.ok(collected !== undefined);
      await waitFor('all given back', () => inUse() === 0);
    } finally {
      await pool.close();
      await server.close();
    }
  });
});
