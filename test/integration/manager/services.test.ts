import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import type { Client } from '@grpc/grpc-js';
import { retry } from '../../../lib/middleware/retry.js';
import { type ConsulAgent, requireConsul } from '../../support/consul-agent.js';
import { tlsFixture } from '../../support/tls.js';
import { waitFor } from '../../support/wait-for.js';
import { ask, at, calls, clients, failureOf, smallPool, states, staticAt, Testing } from './fixture.js';

describe('a manager of several services', () => {
  let agent: ConsulAgent;
  const test = new Testing();

  before(async function () {
    agent = await requireConsul(this);
  });
  after(() => agent?.stop());
  beforeEach(() => test.begin());
  afterEach(() => test.end());

  it('finds their endpoints where each says, and sends every call there', async () => {
    const [users, search, lines] = [await test.grpc(), await test.thrift(), await test.lines('l1')];
    await agent.api.register({ ID: 'u1', Name: 'users', Address: '127.0.0.1', Port: users.port });
    await test.write('lines.json', [{ id: 'l1', host: '127.0.0.1', port: lines.port }]);
    const file = await test.write('connpool.json', {
      services: {
        users: {
          discovery: { type: 'consul', address: '${CONSUL}', service: 'users' },
          pool: smallPool,
        },
        search: { protocol: 'thrift', discovery: staticAt(search), pool: smallPool },
        lines: { protocol: 'tcp', discovery: { type: 'file', path: 'lines.json' }, pool: smallPool },
      },
    });
    const manager = await test.started(file, { clients, env: { CONSUL: agent.address } });
    await manager.ready({ timeoutMs: 5_000 });

    assert.equal(await calls.grpc(manager, 'hello grpc'), 'hello grpc');
    assert.equal(await calls.thrift(manager, 'hello thrift'), 'hello thrift');
    assert.equal(await calls.tcp(manager, 'hello tcp'), 'l1 hello tcp');
    assert.deepEqual(states(manager), { users: 'ready', search: 'ready', lines: 'ready' });
    const idle = ['users', 'search', 'lines'].map(
      (name) => manager.getPool(name).stats().nodes[0]?.source.idle,
    );
    assert.deepEqual(idle, [1, 1, 1], 'initialSize connections stand');
    await agent.api.deregister('u1');
  });

  it('goes on with the others when one cannot be set up, or has no endpoint that works', async () => {
    const lines = await test.lines();
    const gone = await test.lines('gone');
    await gone.kill();
    const failed: string[] = [];
    const manager = test.manager(
      {
        services: {
          lines: { protocol: 'tcp', discovery: staticAt(lines), pool: smallPool },
          noModule: { discovery: staticAt(gone), client: { module: './nowhere.js' } },
          noFiles: { discovery: staticAt(gone), tls: { ca: 'nowhere.pem' } },
          noAgent: { protocol: 'tcp', discovery: { type: 'consul', address: '127.0.0.1:1', service: 's' } },
          dead: { protocol: 'tcp', discovery: staticAt(gone), pool: smallPool },
        },
      },
      {},
    );
    manager.on('serviceFailed', (service) => failed.push(service));
    await manager.start();

    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
    assert.deepEqual(failed.sort(), ['noFiles', 'noModule']);
    await waitFor('the reasons', () => /ECONNREFUSED/.test(`${states(manager).dead}`));
    await waitFor('the reasons', () => /ECONNREFUSED/.test(`${states(manager).noAgent}`));
    const told = states(manager);
    assert.match(told.noModule!, /^failed: client\.module cannot be loaded: .*nowhere\.js/);
    assert.match(told.noFiles!, /^failed: tls\.ca cannot be read: ENOENT/);
    assert.match(
      told.dead!,
      /^starting: no endpoint is usable: 127\.0\.0\.1:\d+ is warming \(.*ECONNREFUSED/,
    );
    const failure = await failureOf(calls.tcp(manager, 'hello', 'noFiles'));
    assert.equal(failure.code, 'ERR_SERVICE_SETUP');
    assert.match(failure.message, /'noFiles' could not be set up: tls\.ca cannot be read/);
    const slip = await failureOf(calls.tcp(manager, 'hello', 'lnes'));
    assert.equal(slip.code, 'ERR_UNKNOWN_SERVICE');
    assert.match(slip.message, /there is no service 'lnes' \(did you mean 'lines'\?\)/);
  });

  it('says of calls before its start that it has not started', async () => {
    const lines = await test.lines();
    const manager = test.manager(
      { services: { lines: { protocol: 'tcp', discovery: staticAt(lines) } } },
      {},
    );
    const failure = await failureOf(calls.tcp(manager, 'hello'));
    assert.deepEqual([failure.code, /has not started/.test(failure.message)], ['ERR_SERVICE_SETUP', true]);
    assert.throws(() => manager.getPool(null as never), { code: 'ERR_INVALID_OPTION', option: 'service' });
    await manager.ready();
    assert.equal(await calls.tcp(manager, 'hello'), 'one hello');
  });

  it('tells when a service gets ready, is down, and is back', async () => {
    const server = await test.lines();
    const endpoint = at(server);
    const manager = test.manager(
      {
        services: {
          lines: {
            protocol: 'tcp',
            discovery: { type: 'static', endpoints: [endpoint] },
            pool: smallPool,
            health: { interval: '20ms' },
          },
        },
      },
      {},
    );
    const told: string[] = [];
    manager.on('service', ({ event, detail }) => {
      if (/^service/.test(event)) told.push(`${event}: ${detail}`);
    });
    await manager.start();
    await waitFor('it to be ready', () => told.includes('serviceReady: undefined'));
    await server.kill();
    await waitFor('it to be down', () => told.some((each) => each.startsWith('serviceDown')));
    await server.start();
    await waitFor('it to be back', () => told.length === 4);
    assert.deepEqual(
      told.map((each) => each.replace(/ is unhealthy \(.*ECONN.*/, ' is unhealthy (...')),
      [
        'serviceAdded: undefined',
        'serviceReady: undefined',
        `serviceDown: no endpoint is usable: ${endpoint} is unhealthy (...`,
        'serviceReady: undefined',
      ],
    );
  });

  it('takes the client that the config names', async () => {
    const server = await test.grpc();
    const module = new URL('../grpc/testbed-client.ts', import.meta.url).pathname;
    const discovery = staticAt(server);
    const manager = await test.started(
      {
        services: {
          users: { discovery, pool: smallPool, client: { module, export: 'LoadedTestbed' } },
          wrong: { discovery, pool: smallPool, client: { module, export: 'Testbed' } },
          none: { discovery, pool: smallPool, client: { module, export: 'staticService' } },
        },
      },
      {},
    );
    assert.equal(await calls.grpc(manager, 'hello'), 'hello');
    const { wrong, none } = states(manager);
    assert.match(wrong!, /client\.export: '.*' has no export 'Testbed' \(it has: .*LoadedTestbed/);
    assert.match(none!, /option 'ClientCtor' must be a client class that was generated/);
  });

  it('keeps and checks connections without a generated client', async () => {
    const [grpc, thrift] = [await test.grpc({ health: 1 }), await test.thrift()];
    const manager = await test.started(
      {
        services: {
          users: { discovery: staticAt(grpc), pool: smallPool, health: { service: '' } },
          search: { protocol: 'thrift', discovery: staticAt(thrift), pool: smallPool },
        },
      },
      {},
    );
    await manager.ready({ timeoutMs: 5_000 });
    assert.ok(grpc.checks > 0, 'the health service was asked');
    assert.equal(thrift.connections, 1);
    const kind = await manager.do('users', (client: Client) => typeof client.makeUnaryRequest);
    assert.equal(kind, 'function');
    assert.ok(await manager.do('search', (socket: Socket) => socket.writable));
  });

  it('takes an endpoint out while its own health service says so', async () => {
    const [sick, well] = [await test.grpc({ health: 1 }), await test.grpc({ health: 1 })];
    const manager = await test.started({
      services: {
        users: {
          discovery: staticAt(sick, well),
          pool: smallPool,
          health: { service: '', interval: 50, timeout: 500 },
        },
      },
    });
    await manager.ready();
    const stateOf = (id: string) =>
      manager
        .getPool('users')
        .stats()
        .nodes.find((node) => node.id === id)?.state;
    await waitFor(
      'both to be ready',
      () => stateOf(at(sick)) === 'healthy' && stateOf(at(well)) === 'healthy',
    );
    sick.health = 2;
    await waitFor('the node to be taken out', () => stateOf(at(sick)) === 'unhealthy');
    const before = sick.peers.size;
    await Promise.all(Array.from({ length: 10 }, () => calls.grpc(manager, 'hello')));
    assert.equal(sick.peers.size, before);
    assert.deepEqual(states(manager), { users: 'ready' });
    well.health = 2;
    await waitFor('the service to have none left', () => states(manager).users !== 'ready');
    assert.match(states(manager).users!, /^failed: no endpoint is usable: .* is unhealthy \(.*NOT_SERVING/);
    [sick.health, well.health] = [1, 1];
    await waitFor(
      'both to come back',
      () => stateOf(at(sick)) === 'healthy' && stateOf(at(well)) === 'healthy',
    );
  });

  it('asks a Thrift server by the method that the config names', async () => {
    const server = await test.thrift();
    const module = new URL('../../../examples/thrift/gen-nodejs/EchoService.js', import.meta.url).pathname;
    const service = (heartbeat: string) => ({
      protocol: 'thrift' as const,
      discovery: staticAt(server),
      pool: smallPool,
      client: { module, heartbeat },
    });
    const manager = await test.started({ services: { search: service('Ping'), odd: service('Pong') } }, {});
    assert.equal(await calls.thrift(manager, 'hello'), 'hello');
    const { heartbeats } = manager.getPool('search').stats().nodes[0]!.source as unknown as {
      heartbeats: number;
    };
    assert.ok(heartbeats > 0);
    assert.match(states(manager).odd!, /client\.heartbeat: the service has no method 'Pong'/);
  });

  it('does not count the answers of a service against its endpoint, but lost connections', async () => {
    const [grpc, thrift] = [await test.grpc(), await test.thrift()];
    const breaker = { maxFails: 1, cooldown: '1h' };
    const manager = await test.started({
      services: {
        users: { discovery: staticAt(grpc), pool: smallPool, breaker },
        search: { protocol: 'thrift', discovery: staticAt(thrift), pool: smallPool, breaker },
      },
    });
    await manager.ready();
    const open = (service: string) => manager.getPool(service).stats().nodes[0]!.breaker;
    await failureOf(calls.grpc(manager, 'fail NOT_FOUND'));
    await failureOf(calls.thrift(manager, 'refuse: this'));
    assert.deepEqual([open('users'), open('search')], ['closed', 'closed']);
    await failureOf(calls.grpc(manager, 'fail INTERNAL'));
    await failureOf(calls.thrift(manager, 'hang up: now'));
    assert.deepEqual([open('users'), open('search')], ['open', 'open']);
  });

  it('speaks TLS with the files of the config', async () => {
    const { ca, server, client } = await tlsFixture();
    await test.write('ca.pem', ca);
    await test.write('cert.pem', client.cert);
    await test.write('key.pem', client.key);
    const pair = { cert: Buffer.from(server.cert), key: Buffer.from(server.key) };
    const grpc = await test.grpc({ tls: { ...pair, clientCa: Buffer.from(ca) } });
    const thrift = await test.thrift({ tls: pair });
    const tls = { ca: 'ca.pem', serverName: 'localhost' };
    const file = await test.write('connpool.json', {
      services: {
        users: {
          discovery: staticAt(grpc),
          pool: smallPool,
          tls: { ...tls, cert: 'cert.pem', key: 'key.pem' },
        },
        search: { protocol: 'thrift', discovery: staticAt(thrift), pool: smallPool, tls },
        wrong: { discovery: staticAt(grpc), pool: smallPool, tls: { ...tls, serverName: 'other.example' } },
      },
    });
    const manager = await test.started(file);
    assert.equal(await calls.grpc(manager, 'hello'), 'hello');
    assert.equal(await calls.thrift(manager, 'hello'), 'hello');
    await waitFor('the refusal', () => /other\.example/.test(states(manager).wrong!));
  });

  it('lends a gRPC connection to as many callers as the config says', async () => {
    const server = await test.grpc();
    const pool = { ...smallPool, maxActive: 1 };
    const manager = await test.started({
      services: { users: { discovery: staticAt(server), pool, streamsPerConnection: 10 } },
    });
    await Promise.all(Array.from({ length: 10 }, () => calls.grpc(manager, 'slow 20')));
    assert.equal(server.peers.size, 1);
  });

  it('wraps the calls of a service in the middleware that it was given', async () => {
    const [a, b] = [await test.lines('a'), await test.lines('b')];
    const manager = await test.started(
      {
        services: {
          lines: {
            protocol: 'tcp',
            discovery: staticAt(a, b),
            pool: smallPool,
            balancer: 'roundRobin',
          },
        },
      },
      { middleware: { lines: [retry({ retries: 1, isRetryable: () => true })] } },
    );
    await manager.ready();
    await waitFor('both', () =>
      manager
        .getPool('lines')
        .stats()
        .nodes.every(({ available }) => available),
    );
    const answers = new Set<string>();
    await manager.do('lines', async (socket: Socket, { attempt }) => {
      answers.add(await ask(socket, 'x'));
      if (attempt === 1) throw new Error('once more');
    });
    assert.deepEqual([...answers].sort(), ['a x', 'b x']);
  });
});
