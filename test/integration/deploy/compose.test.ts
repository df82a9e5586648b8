import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { startLoad } from '../../support/load.js';
import { waitFor, within } from '../../support/wait-for.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));

/** A server of the Compose file, as a process on this machine. */
async function startServer(consul: ConsulAgent, weight: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['deploy/compose/demo-server.mjs'], {
    cwd: root,
    env: { ...process.env, CONSUL_ADDR: consul.address, WEIGHT: String(weight) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [ready] = await within('a demo server to be ready', once(child.stdout!, 'data'), {
    timeoutMs: 15_000,
  });
  assert.match(String(ready), /^ready 127\.0\.0\.1:\d+\n$/);
  return child;
}

/** Sends a line and gives what comes back. */
async function echo(socket: Socket): Promise<string> {
  const answer = once(socket, 'data');
  socket.write('hello\n');
  return String((await answer)[0]);
}

describe('the three servers of deploy/docker-compose.yml', function () {
  this.timeout(60_000);
  let consul: ConsulAgent;
  let manager: PoolManager;
  const servers: ChildProcess[] = [];

  before(async function () {
    consul = await requireConsul(this);
    for (const weight of [200, 100, 100]) servers.push(await startServer(consul, weight));
    manager = new PoolManager(`${root}/deploy/compose/connpool.yaml`, {
      env: { CONSUL_ADDR: consul.address },
      adjust: (config) => ({ ...config, admin: false }),
    });
    await manager.start();
  });

  after(async () => {
    await manager?.stop({ timeoutMs: 0 });
    for (const server of servers) server.kill('SIGKILL');
    await consul?.stop();
  });

  const nodes = () => manager.getPool('demo').stats().nodes;

  it('enter themselves in Consul, and are called by the config beside them, by their weights', async () => {
    await waitFor('three endpoints', () => nodes().filter(({ available }) => available).length === 3);
    assert.deepEqual(
      nodes()
        .map(({ weight }) => weight)
        .sort(),
      [100, 100, 200],
    );
    const answers = await Promise.all(Array.from({ length: 40 }, () => manager.do('demo', echo)));
    assert.deepEqual([...new Set(answers)], ['hello\n']);
    assert.deepEqual(
      nodes()
        .map(({ calls }) => calls)
        .sort(),
      [10, 10, 20],
    );
  });

  it('leave on SIGTERM without a call lost', async () => {
    const load = startLoad(async () => assert.equal(await manager.do('demo', echo), 'hello\n'), 1);
    const [first] = servers;
    const ended = once(first!, 'exit');
    first!.kill('SIGTERM');
    try {
      await waitFor('its endpoint to leave', () => nodes().length === 2, { timeoutMs: 10_000 });
      assert.deepEqual(await within('the server to end', ended, { timeoutMs: 15_000 }), [0, null]);
    } finally {
      await load.stop();
    }
    assert.deepEqual(load.errors, []);
    assert.ok(load.results > 0);
  });
});
