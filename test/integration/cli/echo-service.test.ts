import assert from 'node:assert/strict';
import thrift from 'thrift';
import { startEchoServer as startExample } from '../../../examples/thrift/echo-server.js';
import Generated from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { EchoError } from '../../../examples/thrift/gen-nodejs/echo_types.js';
import { startEchoServer } from '../../../lib/cli/demo/echo-server.js';
import * as EchoService from '../../../lib/cli/demo/echo-service.js';
import { thriftPool } from '../../../lib/clients/thrift/index.js';
import { recordHandles } from '../../support/handles.js';

describe("the demo's echo service", () => {
  for (const [what, service] of Object.entries({
    'its own client': EchoService,
    'a generated client': Generated,
  })) {
    it(`answers ${what}`, async () => {
      await null; // mocha starts the test's own timer when it has been given the promise
      const handles = recordHandles();
      const server = await startEchoServer(0);
      const pool = thriftPool<EchoService.Client>(service as never, { host: '127.0.0.1', port: server.port });
      try {
        await pool.do((client) => client.Ping());
        for (const message of ['hello', '', 'Grüße ✓', 'x'.repeat(200_000)]) {
          assert.equal(await pool.do((client) => client.Echo(message)), message);
        }
        const answers = await Promise.all(
          Array.from({ length: 50 }, (_, n) => pool.do((client) => client.Echo(String(n)))),
        );
        assert.deepEqual(
          answers,
          Array.from({ length: 50 }, (_, n) => String(n)),
        );
      } finally {
        await pool.close();
        await server.close();
      }
      await handles.assertNoneLeft();
    });
  }

  it('throws the declared exception, as its own client and a generated one see it', async () => {
    const server = await startEchoServer(0);
    const options = { host: '127.0.0.1', port: server.port, pool: { maxActive: 1 } };
    const own = thriftPool(EchoService, options);
    const generated = thriftPool(Generated, options);
    try {
      const refusal = { name: 'EchoError', reason: 'asked to refuse' };
      await assert.rejects(
        own.do((client) => client.Echo('refuse: me')),
        refusal,
      );
      await assert.rejects(
        generated.do((client) => client.Echo('refuse: me')),
        (error) => {
          assert.ok(error instanceof EchoError);
          assert.equal(error.reason, 'asked to refuse');
          assert.equal(error.message, 'refuse: me');
          return true;
        },
      );
      assert.equal(own.stats().open, 1, 'the connection stays');
    } finally {
      await own.close();
      await generated.close();
      await server.close();
    }
  });

  it("understands a generated server's answers, those of its failures included", async () => {
    const server = await startExample();
    const pool = thriftPool(EchoService, { host: '127.0.0.1', port: Number(server.address) });
    try {
      assert.equal(await pool.do((client) => client.Echo('hello')), 'hello');
      await assert.rejects(
        pool.do((client) => client.Echo('refuse: me')),
        EchoService.EchoError,
      );
      await assert.rejects(
        pool.do((client) => client.Echo('fail: me')),
        (error) => error instanceof thrift.Thrift.TApplicationException && error.message === 'asked to fail',
      );
    } finally {
      await pool.close();
      await server.close();
    }
  });

  it('says that it does not know a method', async () => {
    const server = await startEchoServer(0);
    class Curious extends EchoService.Client {
      Sing(): Promise<void> {
        return new Promise((resolve, reject) => {
          this._reqs[this.new_seqid()] = (error) => (error === null ? resolve() : reject(error));
          this.send_Sing();
        });
      }

      send_Sing(): void {
        const { MessageType } = thrift.Thrift;
        const output = new this.pClass(this.output);
        output.writeMessageBegin('Sing', MessageType.CALL, this.seqid());
        output.writeStructBegin('Sing_args');
        output.writeFieldStop();
        output.writeMessageEnd();
        this.output.flush();
      }

      recv_Sing = this.recv_Ping;
    }
    const pool = thriftPool<Curious>(Curious as never, { host: '127.0.0.1', port: server.port });
    try {
      await assert.rejects(
        pool.do((client) => client.Sing()),
        /Unknown function Sing/,
      );
    } finally {
      await pool.close();
      await server.close();
    }
  });
});
