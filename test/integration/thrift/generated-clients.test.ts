import assert from 'node:assert/strict';
import thrift from 'thrift';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import type { ServerProcess } from '../../../examples/thrift/server-process.js';
import { thriftPool } from '../../../lib/clients/thrift/index.js';
import { failureOf } from '../../support/failure-of.js';
import { waitFor } from '../../support/wait-for.js';
import { startTestbedServer } from './fixture.js';
import Testbed from './gen-nodejs/Testbed.js';

for (const wire of [
  { transport: 'framed', protocol: 'binary' },
  { transport: 'buffered', protocol: 'compact' },
  { transport: 'buffered', protocol: 'json' },
] as const) {
  describe(`a pooled Thrift client with ${wire.transport} transport and ${wire.protocol} protocol`, () => {
    let server: ServerProcess;
    let pool: ReturnType<typeof testbedPool>;
    const testbedPool = () => thriftPool(Testbed, { port: Number(server.address), ...wire });
    before(async () => {
      server = await startTestbedServer('--transport', wire.transport, '--protocol', wire.protocol);
    });
    after(() => server.stop());
    beforeEach(() => {
      pool = testbedPool();
    });
    afterEach(() => pool.close());

    it('is an instance of the generated class', async () => {
      assert.ok(await pool.do((client) => client instanceof Testbed.Client));
    });

    it('calls what its service inherits', async () => {
      assert.equal(await pool.do((client) => client.Whoami()), 'testbed');
    });

    it('resolves a oneway call without an answer and waits for none', async () => {
      const text = `note on ${wire.protocol}`;
      const transport = await pool.get();
      await transport.client.Note(text);
      assert.equal(pool.isBroken(undefined, transport.client), false, 'no call is in flight');
      await transport.close();
      await waitFor('the note arrives', async () =>
        (await pool.do((client) => client.Notes())).includes(text),
      );
      assert.equal(pool.stats().dials, 1);
    });

    it('receives containers of every kind', async () => {
      const items = await pool.do((client) => client.Items(500));
      assert.deepEqual(
        items.map(({ number, text }) => [number, text]),
        Array.from({ length: 500 }, (_, i) => [i, `item ${i}`]),
      );
      assert.deepEqual(await pool.do((client) => client.Items(0)), []);
      assert.deepEqual({ ...(await pool.do((client) => client.Lengths(['a', 'bb']))) }, { a: 1, bb: 2 });
    });

    it('reports a result without a value as an exception of the service and stays', async () => {
      const error = await failureOf(pool.do((client) => client.Nothing()));
      assert.ok(error instanceof thrift.Thrift.TApplicationException);
      assert.match(error.message, /Nothing failed: unknown result/);
      assert.equal(pool.stats().idle, 1);
    });

    it('goes on when its sequence ids reach the end of their range', async () => {
      await pool.do(async (client) => {
        (client as unknown as { _seqid: number })._seqid = 2 ** 31 - 2;
        for (let i = 0; i < 3; i++) assert.equal(await client.Whoami(), 'testbed');
      });
      assert.equal(pool.stats().dials, 1);
    });
  });
}

describe('a Thrift server that multiplexes services', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startTestbedServer('--multiplexed');
  });
  after(() => server.stop());

  it('is asked for the service named by serviceName', async () => {
    const address = { port: Number(server.address), transport: 'framed' } as const;
    const testbed = thriftPool(Testbed, { ...address, serviceName: 'testbed' });
    const echo = thriftPool(EchoService, { ...address, serviceName: 'echo' });
    try {
      assert.equal(await testbed.do((client) => client.Whoami()), 'testbed');
      assert.equal(await echo.do((client) => client.Echo('hello')), 'hello');
    } finally {
      await Promise.all([testbed.close(), echo.close()]);
    }
  });
});
