import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import EchoService from '../../../examples/thrift/gen-nodejs/EchoService.js';
import { type ServerProcess, startServerProcess } from '../../../examples/thrift/server-process.js';
import {
  isThriftConnectionError,
  type ThriftOptions,
  thriftDialer,
} from '../../../lib/clients/thrift/index.js';
import { ConnPool } from '../../../lib/pool/conn-pool.js';
import { failureOf } from '../../support/failure-of.js';
import { recordHandles } from '../../support/handles.js';
import { waitForEvent } from '../../support/wait-for.js';
import type { EchoClient } from './fixture.js';

const never = new AbortController().signal;
const ctx = { signal: never, markBroken: () => {} };
const dialer = (options: ThriftOptions<EchoClient>) => thriftDialer(EchoService, options);

describe('the dialer of Thrift clients', () => {
  let server: ServerProcess;
  before(async () => {
    server = await startServerProcess('--port', '0');
  });
  after(() => server.stop());

  it('gives the callbacks of a pool that the user makes', async () => {
    const pool = new ConnPool({
      ...dialer({ port: Number(server.address) }),
      maxActive: 2,
      meta: 'of the user',
    });
    assert.equal(await pool.do((client) => client.Echo('hello')), 'hello');
    await pool.close();
  });

  it('gives clients that work without a pool, and says what a failure means for them', async () => {
    const { dial, close, isBroken } = dialer({ port: Number(server.address) });
    const client = await dial(ctx);
    const refused = await failureOf(client.Echo('refuse: this'));
    assert.equal(isBroken(refused, client), false);
    const call = failureOf(client.Echo('mute: for ever'));
    assert.equal(isBroken(refused, client), true, 'a call is still in flight');
    await close(client);
    assert.match((await call).message, /closed by this side/);
    assert.equal(isBroken(refused, client), true);
  });

  it('judges a client it does not know by the error alone, and refuses to close it', async () => {
    const { close, isBroken } = dialer({ port: 1 });
    const stranger = {} as EchoClient;
    assert.equal(isBroken(Object.assign(new Error('gone'), { code: 'EPIPE' }), stranger), true);
    assert.equal(isBroken(new Error('of the caller'), stranger), false);
    await assert.rejects(close(stranger), { code: 'ERR_INVALID_OPTION' });
  });

  it('tells a connection lost from one that was closed', async () => {
    const { dial, close } = dialer({ port: Number(server.address) });
    const broken: unknown[] = [];
    const client = await dial({ ...ctx, markBroken: (error) => broken.push(error) });
    await failureOf(client.Echo('hang up: now'));
    assert.equal(broken.length, 1);
    await close(client);
    await close(await dial({ ...ctx, markBroken: (error) => broken.push(error) }));
    assert.equal(broken.length, 1);
  });

  it('lets go of its signal once it has connected', async () => {
    const abort = new AbortController();
    const { dial, close } = dialer({ port: Number(server.address) });
    const client = await dial({ ...ctx, signal: abort.signal });
    abort.abort();
    assert.equal(await client.Echo('still here'), 'still here');
    await close(client);
  });

  it('says every address that refused when a name has several', async () => {
    const error = await failureOf(dialer({ host: 'localhost', port: 1 }).dial(ctx));
    assert.match(error.message, /connecting to localhost:1 failed: connect ECONNREFUSED/);
    assert.ok(isThriftConnectionError(error));
  });
});

describe('a dialed Thrift client', () => {
  it('cuts its connection as soon as it fails, before anybody closes it', async () => {
    const server = createServer((socket) => {
      socket.on('error', () => {}).once('data', () => socket.write('220 welcome'));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const accepted = waitForEvent<[Socket]>(server, 'connection');
    const client = await dialer({ host: '127.0.0.1', port: (server.address() as AddressInfo).port }).dial(
      ctx,
    );
    const [socket] = await accepted;
    const cut = waitForEvent(socket, 'close');
    assert.equal((await failureOf(client.Echo('hello'))).code, 'ERR_THRIFT_PROTOCOL');
    await cut;
    server.close();
    await once(server, 'close');
  });
});

describe('a dialed Thrift client whose server does not read', () => {
  it('is closed at once all the same when a call is in flight', async () => {
    let deaf: Socket | undefined;
    const server = createServer({ pauseOnConnect: true }, (socket) => {
      deaf = socket.on('error', () => {});
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { dial, close } = dialer({ host: '127.0.0.1', port: (server.address() as AddressInfo).port });
    const client = await dial(ctx);
    const call = failureOf(client.Echo('x'.repeat(20_000_000)));
    const startedAt = performance.now();
    await close(client);
    assert.ok(performance.now() - startedAt < 500, 'closing took too long');
    assert.match((await call).message, /closed by this side/);
    deaf?.destroy();
    server.close();
    await once(server, 'close');
  });
});

describe('the dialer of Thrift clients, when the server never finishes a TLS handshake', () => {
  let server: Server;
  let accept: (socket: Socket) => void;
  const tlsDialer = () =>
    dialer({ host: '127.0.0.1', port: (server.address() as AddressInfo).port, tls: true });

  beforeEach(async () => {
    accept = () => {};
    server = createServer((socket) => {
      socket.on('error', () => {}).resume();
      accept(socket);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  afterEach(async () => {
    server.close();
    await once(server, 'close');
  });

  it('gives up when its signal aborts, with the reason of the signal, and leaves nothing open', async () => {
    await null; // mocha starts the test's own timer when it has been given the promise
    const handles = recordHandles();
    const abort = new AbortController();
    const accepted = waitForEvent<[Socket]>(server, 'connection');
    const dial = failureOf(tlsDialer().dial({ ...ctx, signal: abort.signal }));
    const [socket] = await accepted;
    const reason = new Error('the user left');
    abort.abort(reason);
    assert.equal(await dial, reason);
    socket.destroy();
    await handles.assertNoneLeft();
  });

  it('does not even connect when its signal has aborted before', async () => {
    const reason = new Error('the user left');
    let connected = false;
    accept = () => {
      connected = true;
    };
    assert.equal(await failureOf(tlsDialer().dial({ ...ctx, signal: AbortSignal.abort(reason) })), reason);
    assert.equal(connected, false);
  });

  it('fails clearly when the server closes the connection instead', async () => {
    accept = (socket) => socket.destroy();
    const error = await failureOf(tlsDialer().dial(ctx));
    assert.match(error.message, /connecting with TLS to 127\.0\.0\.1:\d+ failed: /);
    assert.ok(isThriftConnectionError(error));
  });

  it('fails clearly when the server does not speak TLS', async () => {
    accept = (socket) => socket.end('220 welcome\r\n');
    const error = await failureOf(tlsDialer().dial(ctx));
    assert.match(error.message, /connecting with TLS to .* failed: .*wrong version number/);
  });
});
