import assert from 'node:assert/strict';
import { type ServerProcess, startProcess } from '../../../examples/thrift/server-process.js';
import { closeThriftClient, thriftDialer, thriftPool } from '../../../lib/clients/thrift/index.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { within } from '../../support/wait-for.js';
import Testbed from '../thrift/gen-nodejs/Testbed.js';
import { ClientSockets } from './client-sockets.js';

/** More than the buffers on the way hold. */
const BIG = 'x'.repeat(20_000_000);

describe('closing a Thrift connection that holds a oneway call nobody reads', () => {
  let server: ServerProcess;
  let proxy: FaultProxy;
  let sockets: ClientSockets;

  before(async () => {
    server = await startProcess(new URL('../thrift/testbed-server.ts', import.meta.url), []);
  });
  after(() => server.stop());
  beforeEach(async () => {
    proxy = await FaultProxy.start({ port: Number(server.address) });
    sockets = new ClientSockets();
  });
  afterEach(() => {
    sockets[Symbol.dispose]();
    return proxy.close();
  });

  it('cuts it within closeTimeoutMs, and nothing is left open', async () => {
    const { host, port } = proxy;
    const pool = thriftPool(Testbed, { host, port, pool: { closeTimeoutMs: 200 } });
    const failures: unknown[] = [];
    pool.on('closeError', (error) => failures.push(error));
    const transport = await pool.get();
    proxy.set({ kind: 'stall' });
    void transport.client.Note(BIG);
    await transport.close();
    await within('the pool closes', pool.close(), { timeoutMs: 800 });
    assert.deepEqual(failures, []);
    assert.equal(sockets.openTo(port), 0);
  });

  it('cuts it within a second when it is detached or of a pool of one’s own', async () => {
    const { host, port } = proxy;
    const dialer = thriftDialer(Testbed, { host, port });
    const client = await dialer.dial({ signal: new AbortController().signal, markBroken: () => {} });
    proxy.set({ kind: 'stall' });
    void client.Note(BIG);
    await within('it is closed', closeThriftClient(client), { timeoutMs: 2_000 });
    assert.equal(sockets.openTo(port), 0);
  });
});
