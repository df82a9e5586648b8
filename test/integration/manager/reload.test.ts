import assert from 'node:assert/strict';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManagerConfigInput } from '../../../lib/manager/config/schema.js';
import type { ReloadResult } from '../../../lib/manager/manager-events.js';
import type { PoolManager } from '../../../lib/manager/pool-manager.js';
import { waitFor, waitForEvent } from '../../support/wait-for.js';
import type { LineServer } from '../cluster/line-server.js';
import { calls, failureOf, type ServiceInput, smallPool, states, staticAt, Testing } from './fixture.js';
import { Load } from './load.js';

const test = new Testing();
const NOTHING = {
  added: [],
  removed: [],
  configured: [],
  replaced: [],
  unchanged: [],
  failed: {},
  settings: [],
};

function lineService(server: LineServer, more: Partial<ServiceInput> = {}): ServiceInput {
  return { protocol: 'tcp', discovery: staticAt(server), pool: smallPool, ...more };
}

const limitsOf = (manager: PoolManager, service = 'lines') => {
  const { maxActive, open } = manager.getPool(service).stats().nodes[0]!.source;
  return { maxActive, open };
};

describe('reloading a config', () => {
  let server: LineServer;

  beforeEach(async () => {
    await test.begin();
    server = await test.lines();
  });
  afterEach(() => test.end());

  async function started(config: ManagerConfigInput | string): Promise<PoolManager> {
    const manager = await test.started(config, {});
    await manager.ready();
    return manager;
  }

  it('sets changed limits on the pools that stand: no connection is dropped', async () => {
    const config = (maxActive: number) => ({
      services: { lines: lineService(server, { pool: { ...smallPool, maxActive } }) },
    });
    const manager = await started(config(4));
    const cluster = manager.getPool('lines');
    const load = new Load(8, (text) => calls.tcp(manager, text));
    await load.answers(100);
    assert.deepEqual([limitsOf(manager), server.accepted], [{ maxActive: 4, open: 4 }, 4]);

    assert.deepEqual(await manager.reload(config(6)), { ...NOTHING, configured: ['lines'] });
    await waitFor('two more connections', () => limitsOf(manager).open === 6);
    await load.end();
    assert.equal(server.accepted, 6, 'the four that stood still stand');
    assert.equal(manager.getPool('lines'), cluster);
  });

  it('also of gRPC connections that are shared', async () => {
    const grpc = await test.grpc();
    const config = (maxActive: number) => ({
      services: {
        users: { discovery: staticAt(grpc), pool: { ...smallPool, maxActive }, streamsPerConnection: 2 },
      },
    });
    const manager = await test.started(config(1));
    await manager.ready();
    await manager.reload(config(3));
    await Promise.all(Array.from({ length: 6 }, () => calls.grpc(manager, 'slow 50')));
    assert.equal(grpc.peers.size, 3);
  });

  it('happens when the file is renamed over, and tells what it did', async () => {
    const config = (service: ServiceInput) => ({ services: { lines: service } });
    const file = await test.write('connpool.json', config(lineService(server)));
    const manager = await started(file);
    const reloaded = waitForEvent<[ReloadResult]>(manager, 'reloaded');
    await test.write('connpool.json', config(lineService(server, { pool: { ...smallPool, maxActive: 9 } })));
    assert.deepEqual((await reloaded)[0], { ...NOTHING, configured: ['lines'] });
    assert.equal(limitsOf(manager).maxActive, 9);
  });

  it('happens when the file is written over in place, once it is whole', async () => {
    const file = await test.write('connpool.json', { services: { lines: lineService(server) } });
    const manager = await started(file);
    const told: string[] = [];
    manager.on('reloaded', () => told.push('reloaded')).on('reloadFailed', () => told.push('failed'));
    await writeFile(file, '{');
    await writeFile(
      file,
      JSON.stringify({ services: { lines: lineService(server, { pool: { ...smallPool, maxActive: 9 } }) } }),
    );
    await waitFor('the new limit', () => limitsOf(manager).maxActive === 9);
    assert.deepEqual(told, ['reloaded']);
  });

  it('happens on SIGHUP', async () => {
    const file = await test.write('connpool.json', { services: { lines: lineService(server) } });
    const manager = await started(file);
    const off = manager.handleSignals();
    try {
      const reloaded = waitForEvent<[ReloadResult]>(manager, 'reloaded');
      process.kill(process.pid, 'SIGHUP');
      assert.deepEqual((await reloaded)[0], { ...NOTHING, unchanged: ['lines'] });
    } finally {
      off();
    }
    assert.equal(process.listenerCount('SIGHUP'), 0);
  });

  it('refuses a config with faults whole, and goes on with the old one', async () => {
    const file = await test.write('connpool.json', { services: { lines: lineService(server) } });
    const manager = await started(file);
    const before = manager.effectiveConfig();
    for (const [text, message] of [
      ['{', /connpool\.json cannot be used:\n.*not valid JSON: line 1, column 2/],
      [
        {
          services: {
            lines: lineService(server, { pool: { ...smallPool, maxActive: 9 } }),
            more: lineService(server, { balancer: 'fastest' as never }),
          },
        },
        /services\.more\.balancer: must be one of .*got 'fastest'/,
      ],
    ] as const) {
      const refused = waitForEvent<[Error & { code: string }]>(manager, 'reloadFailed');
      await test.write('connpool.json', text);
      const [error] = await refused;
      assert.equal(error.code, 'ERR_CONFIG');
      assert.match(error.message, message);
      assert.equal((await failureOf(manager.reload())).message, error.message);
      assert.deepEqual(manager.effectiveConfig(), before);
      assert.equal(limitsOf(manager).maxActive, 4);
      assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
    }
  });

  it('adds, replaces and removes services under load, and no call is lost', async () => {
    const [other, thrift] = [await test.lines('other'), await test.thrift()];
    const search: ServiceInput = { protocol: 'thrift', discovery: staticAt(thrift), pool: smallPool };
    const manager = await test.started({ services: { lines: lineService(server), search } });
    await manager.ready();
    const load = [
      new Load(8, (text) => calls.tcp(manager, text)),
      new Load(8, (text) => calls.thrift(manager, text)),
    ];
    const answers = () => Promise.all(load.map((each) => each.answers(100)));
    await answers();

    const added = await manager.reload({
      services: { lines: lineService(server), search, more: lineService(other) },
    });
    assert.deepEqual(added, { ...NOTHING, added: ['more'], unchanged: ['lines', 'search'] });
    const third = new Load(4, (text) => calls.tcp(manager, text, 'more'));
    await Promise.all([answers(), third.answers(100)]);

    const replaced = await manager.reload({
      services: {
        lines: lineService(other),
        search: { ...search, balancer: 'random' },
        more: lineService(other),
      },
    });
    assert.deepEqual(replaced, { ...NOTHING, replaced: ['lines', 'search'], unchanged: ['more'] });
    const answered = server.answered;
    await answers();
    assert.ok(server.answered <= answered + 8, 'calls go where the new config says');
    await waitFor('the old connections to be closed', () => server.sockets.size === 0);

    await third.end();
    const slow = manager.do('more', () => new Promise((resolve) => setTimeout(resolve, 100, 'done')));
    const removed = await manager.reload({ services: { lines: lineService(other), search } });
    assert.deepEqual([removed.removed, removed.replaced], [['more'], ['search']]);
    assert.equal((await failureOf(calls.tcp(manager, 'x', 'more'))).code, 'ERR_UNKNOWN_SERVICE');
    assert.equal(await slow, 'done', 'what runs on a removed service ends');
    await answers();
    await Promise.all(load.map((each) => each.end()));
  });

  it('keeps what works when what is to replace it cannot be set up or reached', async () => {
    const manager = await started({ services: { lines: lineService(server) } });
    const failed = waitForEvent<[string, Error]>(manager, 'serviceFailed');
    const result = await manager.reload({
      services: { lines: lineService(server, { tls: { ca: 'nowhere.pem' } }) },
    });
    assert.deepEqual([result.replaced, Object.keys(result.failed)], [[], ['lines']]);
    assert.match((await failed)[1].message, /tls\.ca cannot be read/);
    assert.match(states(manager).lines!, /^ready: its new config is not in force: tls\.ca cannot be read/);
    assert.equal(manager.takesConfig(), false);
    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');

    const again = await manager.reload({ services: { lines: lineService(server, { balancer: 'random' }) } });
    assert.deepEqual(again.replaced, ['lines']);
    assert.deepEqual([states(manager), manager.takesConfig()], [{ lines: 'ready' }, true]);
  });

  it('sets up anew what could not be set up before', async () => {
    const service = lineService(server, { tls: { ca: join(test.folder, 'ca.pem') } });
    const manager = await test.started({ services: { lines: service } }, {});
    assert.match(states(manager).lines!, /^failed: tls\.ca cannot be read/);
    const result = await manager.reload({ services: { lines: lineService(server) } });
    assert.deepEqual(result.replaced, ['lines']);
    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
  });

  it('tells the latest cause of a service that two configs in a row could not set up', async () => {
    const service = (ca: string) => ({ services: { lines: lineService(server, { tls: { ca } }) } });
    const manager = await test.started(service('first.pem'), {});
    const result = await manager.reload(service('second.pem'));
    assert.deepEqual([result.replaced, Object.keys(result.failed)], [[], ['lines']]);
    assert.match(states(manager).lines!, /^failed: tls\.ca cannot be read: ENOENT.*second\.pem/);
    const failure = await failureOf(calls.tcp(manager, 'hello'));
    assert.deepEqual([failure.code, /second\.pem/.test(failure.message)], ['ERR_SERVICE_SETUP', true]);
    await manager.reload({ services: { lines: lineService(server) } });
    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
  });

  it('tells which settings beside the services it changed', async () => {
    const services = { lines: lineService(server) };
    const manager = await started({ services });
    const changed = await manager.reload({ services, stopTimeout: '3s', admin: { port: 0 } });
    assert.deepEqual(changed, { ...NOTHING, unchanged: ['lines'], settings: ['admin', 'stopTimeout'] });
    const same = await manager.reload({ services, stopTimeout: 3_000, admin: { port: 0 } });
    assert.deepEqual(same, { ...NOTHING, unchanged: ['lines'] });
  });

  it('is overtaken by the next sound config while its connections are not ready', async () => {
    const manager = await started({ services: { lines: lineService(server) } });
    const dead = lineService(server, { discovery: { type: 'static', endpoints: ['127.0.0.1:1'] } });
    const told: string[] = [];
    manager.on('service', ({ event }) => told.push(event));
    const mistaken = manager.reload({ services: { lines: dead, more: lineService(server) } });
    await waitFor('connections to be waited for', () => told.includes('serviceReplacing'));
    await assert.rejects(manager.reload({ services: 1 as never }), { code: 'ERR_CONFIG' });
    assert.equal(await Promise.race([mistaken, Promise.resolve('waits')]), 'waits');

    const other = await test.lines('other');
    const mended = manager.reload({ services: { lines: lineService(other) } });
    const { added, failed } = await mistaken;
    assert.deepEqual([added, Object.keys(failed)], [['more'], ['lines']]);
    assert.match(`${failed.lines}`, /a newer config came before its connections were ready/);
    const { replaced, removed } = await mended;
    assert.deepEqual([replaced, removed], [['lines'], ['more']]);
    assert.equal(await calls.tcp(manager, 'hello'), 'other hello');
  });

  it('tells what it does when it does it, however long another service takes', async () => {
    const config = (maxActive: number) => ({
      lines: lineService(server),
      more: lineService(server, { pool: { ...smallPool, maxActive } }),
    });
    const manager = await started({ services: { ...config(4), gone: lineService(server) } });
    const told: string[] = [];
    manager.on('service', ({ service, event }) => {
      if (/^service(Added|Replac|Removed)|^limits/.test(event)) told.push(`${service} ${event}`);
    });
    const dead = lineService(server, { discovery: { type: 'static', endpoints: ['127.0.0.1:1'] } });
    const slow = manager.reload({ services: { ...config(5), lines: dead, fresh: lineService(server) } });
    await waitFor('all but the slow one', () => told.length === 4);
    assert.deepEqual(told.sort(), [
      'fresh serviceAdded',
      'gone serviceRemoved',
      'lines serviceReplacing',
      'more limitsChanged',
    ]);
    await manager.reload({ services: config(5) });
    assert.deepEqual(Object.keys((await slow).failed), ['lines']);
    assert.deepEqual(states(manager), { lines: 'ready', more: 'ready' });
  });

  it('is overtaken, and stopped, while a client module that never finishes is being loaded', async () => {
    const module = await test.write('hangs.mjs', 'await new Promise(() => {});');
    const hanging = {
      services: { lines: lineService(server), users: { discovery: staticAt(server), client: { module } } },
    };
    const manager = await started({ services: { lines: lineService(server) } });
    const first = manager.reload(hanging);
    await new Promise(setImmediate);
    assert.deepEqual((await manager.reload({ services: { lines: lineService(server) } })).unchanged, [
      'lines',
    ]);
    assert.match(`${(await first).failed.users}`, /a newer config came/);
    const second = manager.reload(hanging);
    second.catch(() => {});
    await new Promise(setImmediate);
    await manager.stop();
    await assert.rejects(second, { code: 'ERR_POOL_CLOSED' });

    const another = test.manager(hanging, {});
    const starting = another.start();
    await waitFor('the other service', () => another.services().some(({ name }) => name === 'lines'));
    await another.stop();
    await starting;
  });

  it('takes configs in the order in which they came', async () => {
    const file = await test.write('connpool.json', { services: { file: lineService(server) } });
    const manager = await started(file);
    const both = [manager.reload(), manager.reload({ services: { object: lineService(server) } })];
    const [first, second] = await Promise.all(both);
    assert.deepEqual([first!.unchanged, second!.added], [['file'], ['object']]);
    assert.deepEqual(
      manager.services().map(({ name }) => name),
      ['object'],
    );
  });

  it('is refused when the file is gone, once, and follows the file when it is back', async () => {
    const file = await test.write('connpool.json', { services: { lines: lineService(server) } });
    const manager = await started(file);
    const refused: string[] = [];
    manager.on('reloadFailed', (error) => refused.push((error as Error).message));
    await rm(file);
    await waitFor('the loss to be told', () => refused.length > 0);
    const reloaded = waitForEvent<[ReloadResult]>(manager, 'reloaded');
    await test.write('connpool.json', { services: { lines: lineService(server) } });
    assert.deepEqual((await reloaded)[0], { ...NOTHING, unchanged: ['lines'] });
    assert.equal(refused.length, 1);
    assert.match(refused[0]!, /connpool\.json.*ENOENT/s);
    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
  });

  it('takes calls over that wait for an endpoint of what is replaced', async () => {
    const none = await test.write('none.json', []);
    const manager = await test.started(
      { services: { lines: lineService(server, { discovery: { type: 'file', path: none } }) } },
      {},
    );
    const call = calls.tcp(manager, 'hello');
    await waitFor('the call to wait', () => manager.getPool('lines').stats().waiting === 1);
    await manager.reload({ services: { lines: lineService(server) } });
    assert.equal(await call, 'one hello');
  });
});
