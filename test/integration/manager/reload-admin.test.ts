import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { waitFor } from '../../support/wait-for.js';
import { calls, smallPool, Testing } from './fixture.js';

const test = new Testing();

describe('the admin server', () => {
  beforeEach(() => test.begin());
  afterEach(() => test.end());
  const health = async (url: string | undefined) => (await fetch(`${url}/health`)).status;

  it('is switched on, moved and switched off by a reload', async () => {
    const manager = await test.started({ services: {} });
    assert.equal(manager.adminUrl, undefined);
    await manager.reload({ services: {}, admin: { port: 0 } });
    const first = manager.adminUrl;
    assert.equal(await health(first), 200);
    await manager.reload({ services: {}, admin: { port: 0, host: '127.0.0.2' } });
    const second = manager.adminUrl;
    assert.match(second!, /^http:\/\/127\.0\.0\.2:/);
    assert.equal(await health(second), 200);
    await assert.rejects(health(first));
    await manager.reload({ services: {} });
    assert.equal(manager.adminUrl, undefined);
    await assert.rejects(health(second));
  });

  it('takes a new token without a pause, at the same address', async () => {
    const manager = await test.started({ services: {}, admin: { port: 0 } });
    const url = manager.adminUrl;
    await manager.reload({ services: {}, admin: { port: 0, token: 'new' } });
    assert.deepEqual([manager.adminUrl, await health(url)], [url, 401]);
  });

  it('that cannot have its new address makes the whole config refused', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    test.atEnd(async () => taken.close());
    const { port } = taken.address() as AddressInfo;
    const manager = await test.started({ services: {}, admin: { port: 0 } });
    const discovery = { type: 'static' as const, endpoints: ['127.0.0.1:1'] };
    const refused = manager.reload({ services: { more: { discovery } }, admin: { port } });
    await assert.rejects(refused, { code: 'EADDRINUSE' });
    assert.deepEqual([manager.services(), await health(manager.adminUrl)], [[], 200]);
  });

  it('that cannot listen makes the start fail, leaves nothing behind, and can be tried again', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as AddressInfo;
    const lines = await test.lines();
    const discovery = { type: 'static' as const, endpoints: [`127.0.0.1:${lines.port}`] };
    const manager = test.manager({
      services: { lines: { protocol: 'tcp', discovery, pool: smallPool } },
      admin: { port },
    });
    await assert.rejects(manager.start(), { code: 'EADDRINUSE' });
    await waitFor('connections to be closed', () => lines.sockets.size === 0);
    assert.deepEqual(manager.services(), []);
    taken.close();
    await once(taken, 'close');
    await manager.start();
    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
    assert.equal(await health(manager.adminUrl), 200);
  });
});
