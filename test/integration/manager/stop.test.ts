import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { startEchoProcess } from '../../support/start-echo-process.js';
import { waitFor, waitForEvent } from '../../support/wait-for.js';
import type { LineServer } from '../cluster/line-server.js';
import { AppProcess } from './app-process.js';
import { ask, calls, failureOf, type ServiceInput, smallPool, staticAt, Testing } from './fixture.js';

const test = new Testing();

describe('stopping a manager', () => {
  let server: LineServer;
  let service: ServiceInput;

  beforeEach(async () => {
    await test.begin();
    server = await test.lines();
    service = { protocol: 'tcp', discovery: staticAt(server), pool: smallPool };
  });
  afterEach(() => test.end());

  /** A call that ends when it is told to. */
  function slowCall(manager: PoolManager) {
    let finish = () => {};
    const finished = new Promise<void>((resolve) => {
      finish = resolve;
    });
    const answer = manager.do('lines', async (socket: Socket) => {
      await finished;
      return ask(socket, 'slow');
    });
    return { answer, finish };
  }

  it('takes no new calls, lets those under way and those in the queue end, and closes everything', async () => {
    const manager = await test.started({ services: { lines: service }, admin: { port: 0 } });
    await manager.ready();
    const slow = Array.from({ length: 6 }, () => slowCall(manager));
    await waitFor('a queue', () => manager.getPool('lines').stats().nodes[0]?.source.waiting === 2);
    let stopped = false;
    const stopping = manager.stop().then(() => {
      stopped = true;
    });
    assert.equal((await failureOf(calls.tcp(manager, 'late'))).code, 'ERR_POOL_CLOSED');
    const { status, services } = (await (await fetch(`${manager.adminUrl}/health`)).json()) as {
      status: string;
      services: { lines: { state: string; reason: string } };
    };
    assert.equal(status, 'unhealthy');
    assert.deepEqual([services.lines.state, /stopping/.test(services.lines.reason)], ['stopped', true]);
    assert.equal(stopped, false);
    for (const { finish } of slow) finish();
    assert.deepEqual(await Promise.all(slow.map(({ answer }) => answer)), Array(6).fill('one slow'));
    await stopping;
    await waitFor('the connections to be closed', () => server.sockets.size === 0);
    assert.equal(manager.adminUrl, undefined);
  });

  it('cuts what has not ended by its deadline', async () => {
    const manager = await test.started({ services: { lines: service }, stopTimeout: 50 });
    const { answer } = slowCall(manager);
    const hangs = manager.do('lines', (socket: Socket) => ask(socket, 'hang'));
    await waitFor('both', () => manager.getPool('lines').stats().nodes[0]?.source.inUse === 2);
    answer.catch(() => {});
    const stopped = waitForEvent<[number]>(manager, 'stopped');
    await Promise.all([manager.stop(), assert.rejects(hangs, /closed the connection/)]);
    assert.deepEqual(await stopped, [2], 'says how many calls it cut');
    await waitFor('the connections to be closed', () => server.sockets.size === 0);
  });

  it('waits for services that a reload has removed or replaced, within its own deadline', async () => {
    for (const next of [{}, { lines: { ...service, balancer: 'random' as const } }]) {
      for (const isPatient of [true, false]) {
        const manager = await test.started({ services: { lines: service } });
        await manager.ready();
        const { answer, finish } = slowCall(manager);
        await waitFor('the call', () => manager.getPool('lines').stats().running === 1);
        await manager.reload({ services: next });
        answer.catch(() => {});
        let stopped = false;
        const stopping = manager.stop({ timeoutMs: isPatient ? 5_000 : 50 }).then(() => {
          stopped = true;
        });
        if (isPatient) {
          await new Promise(setImmediate);
          assert.equal(stopped, false);
          finish();
          assert.equal(await answer, 'one slow');
        }
        await stopping;
        finish();
        await waitFor('the connections to be closed', () => server.sockets.size === 0);
      }
    }
  });

  it('does not wait for what a reload still sets up', async () => {
    const manager = await test.started({ services: { lines: service } });
    await manager.ready();
    const dead = { ...service, discovery: { type: 'static' as const, endpoints: ['127.0.0.1:1'] } };
    let attempts = 0;
    manager.on('service', ({ event }) => {
      if (event === 'prewarmError') attempts++;
    });
    const told: string[] = [];
    manager.on('serviceFailed', () => told.push('failed')).on('reloaded', () => told.push('reloaded'));
    const reload = manager.reload({ services: { lines: dead } });
    reload.catch(() => {});
    await waitFor('the reload to wait for connections', () => attempts > 0);
    await manager.stop();
    await assert.rejects(reload, { code: 'ERR_POOL_CLOSED' });
    assert.deepEqual(told, []);
  });

  it('is once and for all', async () => {
    const manager = await test.started({ services: { lines: service } });
    let stops = 0;
    manager.on('stopped', () => stops++);
    await assert.rejects(manager.stop({ timeoutMs: -1 }), { code: 'ERR_INVALID_OPTION' });
    await Promise.all([manager.stop(), manager.stop({ timeoutMs: 0 })]);
    assert.equal(stops, 1);
    await assert.rejects(manager.start(), { code: 'ERR_POOL_CLOSED' });
    await assert.rejects(manager.reload(), { code: 'ERR_POOL_CLOSED' });
    assert.throws(() => manager.getPool('lines'), { code: 'ERR_POOL_CLOSED' });
    const unused = new PoolManager({ services: {} });
    await unused.stop();
    await assert.rejects(unused.start(), { code: 'ERR_POOL_CLOSED' });
  });

  it('before everything is set up leaves nothing behind', async () => {
    const manager = test.manager({ services: { lines: service }, admin: { port: 0 } });
    const stopped = waitForEvent(manager, 'stopped');
    await Promise.all([manager.start(), manager.stop(), stopped]);
    assert.equal(manager.adminUrl, undefined);
  });

  describe('by a signal', () => {
    async function app(stopTimeout: string, ...load: string[]): Promise<AppProcess> {
      const file = await test.write('connpool.json', { services: { lines: service }, stopTimeout });
      const app = await AppProcess.start(file, ...load);
      test.atEnd(() => app.kill());
      return app;
    }

    it('lets all calls end: the process exits with 0 and none is lost', async () => {
      const process = await app('10s', 'lines=8');
      await waitFor('load', () => server.answered > 100);
      process.signal('SIGTERM');
      const { exitCode, accounts } = await process.ended();
      const { started, answered, failed, refused } = accounts!.lines!;
      assert.deepEqual([exitCode, failed, started], [0, [], answered + refused], process.output);
      assert.ok(answered >= 100);
    });

    it('ends the process at once when it comes a second time', async () => {
      const echo = await startEchoProcess();
      test.atEnd(async () => {
        echo.child.kill('SIGCONT');
        await echo.stop();
      });
      service = { ...service, discovery: { type: 'static', endpoints: [`127.0.0.1:${echo.address}`] } };
      const process = await app('1h', 'lines=1');
      echo.child.kill('SIGSTOP');
      process.signal('SIGTERM');
      await process.saw(/ending/);
      await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal(process.child.exitCode, null, 'it waits for the call under way');
      process.signal('SIGTERM');
      const { exitCode, accounts } = await process.ended();
      assert.deepEqual([exitCode, accounts], [143, undefined], process.output);
    });
  });
});
