import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { after, before, beforeEach, describe, it } from 'mocha';
import {
  type RegisterServiceOptions,
  type Registration,
  registerService,
} from '../../../lib/discovery/consul/index.js';
import { Cleanup } from '../../support/cleanup.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { FaultProxy } from '../../support/fault-proxy.js';
import { TcpServer } from '../../support/tcp-server.js';
import { waitFor } from '../../support/wait-for.js';

describe('registerService and a real agent', () => {
  let agent: ConsulAgent;
  let server: TcpServer;
  const cleanup = new Cleanup();
  let service: string;
  let services = 0;

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  beforeEach(async () => {
    service = `reg${services++}`;
    server = cleanup.add(await TcpServer.start());
  });

  async function register(options: Partial<RegisterServiceOptions> = {}): Promise<Registration> {
    const { host, port } = server;
    return cleanup.add(await registerService({ address: agent.address, service, host, port, ...options }));
  }

  const instances = () => agent.api.instances(service);
  /** The worst of an instance's checks; undefined when it is not registered. */
  async function status(): Promise<string | undefined> {
    const [instance] = await instances();
    return (
      instance?.Checks.map(({ Status }) => Status).find((s) => s !== 'passing') ?? (instance && 'passing')
    );
  }
  const until = (wanted: string | undefined, timeoutMs = 3_000) =>
    waitFor(`the status ${wanted}`, async () => (await status()) === wanted, { timeoutMs });

  it('registers everything it is told, healthy at once', async () => {
    const meta = { balanceFactor: '40' };
    const registration = await register({ id: 'mine / 1', tags: ['a', 'b'], meta, weight: 7 });
    const [instance] = await instances();
    const { ID, Address, Port, Tags, Meta, Weights } = instance!.Service;
    assert.deepEqual(
      { ID, Address, Port, Tags, Meta, Weights },
      {
        ID: 'mine / 1',
        Address: server.host,
        Port: server.port,
        Tags: ['a', 'b'],
        Meta: meta,
        Weights: { Passing: 7, Warning: 1 },
      },
    );
    assert.equal(registration.id, 'mine / 1');
    assert.equal(await status(), 'passing');
  });

  it('takes an instance out when it is deregistered, as often as that is said', async () => {
    const registration = await register({ ttlMs: 60_000 });
    assert.equal(registration.id, `${service}-127.0.0.1-${server.port}`);
    const first = registration.deregister();
    assert.equal(registration.deregister(), first);
    await first;
    assert.deepEqual(await instances(), []);
  });

  it('deregisters at the end of a block', async () => {
    {
      await using _ = await registerService({
        address: agent.address,
        service,
        host: '127.0.0.1',
        port: 9,
        ttlMs: 60_000,
      });
      assert.equal(await status(), 'passing');
    }
    assert.equal(await status(), undefined);
  });

  it('replaces what is registered under its id, with its checks', async () => {
    const Checks = [{ TTL: '60s' }, { TTL: '60s' }]; // critical, as nobody passes them
    await agent.api.register({ ID: 'same', Name: service, Checks });
    await register({ id: 'same', ttlMs: 60_000, tags: ['new'] });
    const [instance] = await instances();
    assert.deepEqual(instance?.Service.Tags, ['new']);
    // One check of the node, one of the service.
    assert.equal(instance?.Checks.length, 2);
    assert.equal(await status(), 'passing');
  });

  it('has the agent connect to see whether the server lives', async () => {
    await register({ check: { intervalMs: 1_000, timeoutMs: 500 } });
    await waitFor('a check', () => server.accepted >= 1);
    const { port } = server;
    await server.close();
    await until('critical');
    server = cleanup.add(await TcpServer.start({ port }));
    await until('passing');
  });

  it('says that it lives within its time to live, and counts as failing when it falls silent', async () => {
    await using proxy = await FaultProxy.start(agent);
    const errors: unknown[] = [];
    const registration = await register({
      address: `${proxy.host}:${proxy.port}`,
      ttlMs: 300,
      onError: (error) => errors.push(error),
    });
    const before = proxy.accepted;
    const end = performance.now() + 900;
    while (performance.now() < end) assert.equal(await status(), 'passing');
    assert.ok(proxy.accepted - before >= 6 && proxy.accepted - before <= 12, `${proxy.accepted - before}`);
    assert.deepEqual(errors, []);
    await proxy.down();
    await until('critical');
    assert.match(String(errors[0]), /ECONNREFUSED/);
    await proxy.up();
    await until('passing');
    await registration.deregister();
  });

  for (const [kind, options] of [
    ['a TTL', { ttlMs: 300 }],
    ['a TCP', {}],
  ] as const) {
    it(`registers anew with an agent that forgot it, with ${kind} check`, async () => {
      await register({
        ...options,
        onError: () => {
          throw new Error('a listener of no use');
        },
      });
      await agent.kill();
      await agent.restart();
      await until('passing', 4_000);
    });
  }

  it('rejects when the agent cannot be reached, and can be deregistered when it is back', async () => {
    await using proxy = await FaultProxy.start(agent);
    const options = { address: `${proxy.host}:${proxy.port}`, ttlMs: 60_000 };
    const registration = await register(options);
    await proxy.down();
    await assert.rejects(register(options), { code: 'ERR_CONSUL', message: /ECONNREFUSED/ });
    await assert.rejects(registration.deregister(), { code: 'ERR_CONSUL', message: /ECONNREFUSED/ });
    assert.equal(await status(), 'passing');
    await proxy.up();
    await registration.deregister();
    assert.equal(await status(), undefined);
  });

  it('keeps no process alive', async () => {
    const entry = new URL('../../../lib/discovery/consul/index.ts', import.meta.url).href;
    const options = { address: agent.address, service, host: '127.0.0.1', port: 9, ttlMs: 300 };
    const script = `
      const { registerService, consulDiscovery } = await import('${entry}');
      await registerService(${JSON.stringify(options)});
      void (async () => {
        const discovery = consulDiscovery({ address: '${agent.address}', service: '${service}' });
        for await (const list of discovery.watch(new AbortController().signal)) console.log('found ' + list.length);
      })();
      setTimeout(() => console.log('done'), 600);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', script],
      // The child's coverage would be that of a few lines, and hide what the tests here cover.
      { timeout: 15_000 },
    );
    assert.deepEqual(stdout.trim().split('\n'), ['found 1', 'done']);
    await agent.api.deregister(`${service}-127.0.0.1-9`);
  });
});
