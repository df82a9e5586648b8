import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fault } from './fault.js';
import { FaultProxy } from './fault-proxy.js';
import { recordHandles } from './handles.js';
import { TcpServer } from './tcp-server.js';
import { waitFor, waitForEvent, within } from './wait-for.js';

/** What a client has seen of its connection. */
interface Client {
  readonly socket: Socket;
  readonly chunks: Buffer[];
  text(): string;
  readonly errors: NodeJS.ErrnoException[];
}

describe('the fault proxy', () => {
  let server: TcpServer;
  let proxy: FaultProxy;
  let clients: Socket[];

  beforeEach(async () => {
    server = await TcpServer.start();
    proxy = await FaultProxy.start(server);
    clients = [];
  });

  afterEach(async () => {
    for (const client of clients) client.destroy();
    await within('the proxy closes', proxy.close());
    await within('the server closes', server.close());
  });

  async function connectClient(): Promise<Client> {
    const socket = connect({ host: proxy.host, port: proxy.port, allowHalfOpen: true });
    clients.push(socket);
    const chunks: Buffer[] = [];
    const errors: Error[] = [];
    socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', (error) => errors.push(error));
    await once(socket, 'connect');
    await waitFor('the proxy reaches the server', () => server.accepted === proxy.accepted);
    return { socket, chunks, errors, text: () => Buffer.concat(chunks).toString('latin1') };
  }

  const hears = (client: Client, text: string) =>
    waitFor(`the client hears '${text}'`, () => client.text() === text);

  it('passes everything while no fault is set, the ends too', async () => {
    const client = await connectClient();
    client.socket.end('hello');
    await hears(client, 'hello');
    assert.equal(proxy.passed('toServer'), 5);
    assert.equal(proxy.passed('toClient'), 5);
    await waitFor('the client sees the end', () => client.socket.readableEnded);
    await waitFor('the proxy forgets the connection', () => proxy.open === 0);
    assert.equal(proxy.accepted, 1);
  });

  it('passes a RST of the client on to the server and one of the server on to the client', async () => {
    const [first, second] = [await connectClient(), await connectClient()];
    first.socket.resetAndDestroy();
    await waitFor('the server loses it', () => server.open === 1);
    server.reset();
    await waitForEvent(second.socket, 'close');
    assert.equal(second.errors[0]?.code, 'ECONNRESET');
  });

  it('delays each chunk', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'delay', ms: 60 }, { direction: 'toClient' });
    const from = performance.now();
    client.socket.write('late');
    await hears(client, 'late');
    assert.ok(performance.now() - from >= 55);
  });

  it('throttles to so many bytes a second', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'throttle', bytesPerSecond: 1_000 }, { direction: 'toServer' });
    const from = performance.now();
    client.socket.write('x'.repeat(300));
    await waitFor('all has arrived', () => server.received.length === 300);
    assert.ok(performance.now() - from >= 280);
  });

  it('swallows what is sent into a black hole, the end of the stream too, and keeps both sides open', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'blackhole' });
    client.socket.end('gone');
    server.send('gone as well');
    await waitFor('the proxy has read it', () => client.socket.writableFinished);
    proxy.heal();
    server.send('heard');
    await hears(client, 'heard');
    assert.equal(server.received.length, 0);
    assert.equal(server.open, 1);
  });

  it('holds back what is sent into a stall and lets it pass when that is over', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'stall' }, { direction: 'toServer' });
    client.socket.write('kept');
    server.send('the other direction is free');
    await hears(client, 'the other direction is free');
    assert.equal(server.received.length, 0);
    proxy.heal();
    await waitFor('it arrives', () => server.received.toString() === 'kept');
  });

  it('lets a stalled sender run into its full buffers', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'stall' }, { direction: 'toServer' });
    const megabyte = Buffer.alloc(2 ** 20);
    for (let i = 0; i < 16; i += 1) client.socket.write(megabyte);
    await waitFor('something flows', () => client.socket.bytesWritten > 0);
    assert.ok(client.socket.writableNeedDrain);
    proxy.set({ kind: 'cut' });
    await waitFor('the server loses it', () => server.open === 0);
  });

  it('corrupts every byte', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'corrupt' }, { direction: 'toClient' });
    client.socket.write(Buffer.from([0x00, 0x0f, 0xff]));
    await waitFor('the answer arrives', () => client.text().length === 3);
    assert.deepEqual(Buffer.concat(client.chunks), Buffer.from([0x01, 0x10, 0x00]));
  });

  it('corrupts so many bytes and lets the others pass, over several chunks', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'corrupt', bytes: 3 }, { direction: 'toClient' });
    client.socket.write('aa');
    await hears(client, 'bb');
    client.socket.write('aaa');
    await hears(client, 'bbbaa');
  });

  it('fragments a message into bytes that arrive one by one', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'fragment' }, { direction: 'toClient' });
    client.socket.write('to be split into bytes');
    await hears(client, 'to be split into bytes');
    // The kernel may join two of them when the machine is busy.
    assert.ok(client.chunks.length > 11, `${client.chunks.length} chunks`);
  });

  it('half-closes one direction and leaves the other open', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'halfClose' }, { direction: 'toClient' });
    await waitForEvent(client.socket, 'end');
    client.socket.write('still heard');
    await waitFor('the server hears it', () => server.received.toString() === 'still heard');
  });

  it('cuts both sides with a FIN', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'cut' });
    await waitForEvent(client.socket, 'end');
    assert.deepEqual(client.errors, []);
    await waitFor('the server loses it', () => server.open === 0);
  });

  it('resets both sides', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'reset' });
    await waitForEvent(client.socket, 'close');
    assert.equal(client.errors[0]?.code, 'ECONNRESET');
    await waitFor('the server loses it', () => server.open === 0);
  });

  for (const fault of [{ kind: 'cut' }, { kind: 'halfClose' }, { kind: 'blackhole' }] satisfies Fault[]) {
    it(`strikes in the middle of a message: ${fault.kind} after 3 bytes`, async () => {
      const client = await connectClient();
      proxy.set(fault, { direction: 'toClient', afterBytes: 3 });
      client.socket.write('abcdef');
      await hears(client, 'abc');
      await waitFor('the whole question was asked', () => server.received.length === 6);
      if (fault.kind !== 'blackhole')
        await waitFor('the client sees the end', () => client.socket.readableEnded);
      assert.equal(client.text(), 'abc');
    });
  }

  it('strikes in the middle of a message: reset after 3 bytes', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'reset' }, { direction: 'toClient', afterBytes: 3 });
    client.socket.write('abcdef');
    // A RST that comes together with bytes is an end to Node.
    await waitFor('the client notices', () => client.errors.length > 0 || client.socket.readableEnded);
    assert.equal(client.text(), 'abc');
    await waitFor('the server loses it', () => server.open === 0);
  });

  it('counts the bytes before a fault over several chunks', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'corrupt' }, { direction: 'toClient', afterBytes: 3 });
    client.socket.write('ab');
    await hears(client, 'ab');
    client.socket.write('cd');
    await hears(client, 'abce');
  });

  it('strikes with the next byte, before it passes, when no byte may pass', async () => {
    const client = await connectClient();
    proxy.set({ kind: 'reset' }, { direction: 'toServer', afterBytes: 0 });
    server.send('answers do not count');
    await hears(client, 'answers do not count');
    client.socket.write('now');
    await waitForEvent(client.socket, 'close');
    assert.equal(server.received.length, 0);
  });

  it('strikes new connections only, or open ones only', async () => {
    const open = await connectClient();
    proxy.set({ kind: 'corrupt' }, { connections: 'new', direction: 'toServer' });
    const fresh = await connectClient();
    open.socket.write('a');
    await hears(open, 'a');
    fresh.socket.write(Buffer.from([0x01]));
    await hears(fresh, String.fromCharCode(0x02));
    proxy.set({ kind: 'cut' }, { connections: 'open' });
    await waitFor('both are gone', () => proxy.open === 0);
    const last = await connectClient();
    last.socket.write(Buffer.from([0x02]));
    await hears(last, String.fromCharCode(0x03));
  });

  it('resets a new connection as soon as it is accepted', async () => {
    proxy.set({ kind: 'reset' }, { connections: 'new' });
    const socket = connect({ host: proxy.host, port: proxy.port });
    clients.push(socket);
    const [error] = await waitForEvent<[NodeJS.ErrnoException]>(socket, 'error');
    assert.equal(error.code, 'ECONNRESET');
  });

  it('resets the client when the server cannot be reached', async () => {
    await server.close();
    const socket = connect({ host: proxy.host, port: proxy.port });
    clients.push(socket);
    const [error] = await waitForEvent<[NodeJS.ErrnoException]>(socket, 'error');
    assert.equal(error.code, 'ECONNRESET');
  });

  it('refuses connections while it is down and listens on the same port when it is up again', async () => {
    const { port } = proxy;
    const before = await connectClient();
    await proxy.down();
    const socket = connect({ host: proxy.host, port });
    clients.push(socket);
    const [error] = await waitForEvent<[NodeJS.ErrnoException]>(socket, 'error');
    assert.equal(error.code, 'ECONNREFUSED');
    before.socket.write('open ones live on');
    await hears(before, 'open ones live on');
    await proxy.up();
    assert.equal(proxy.port, port);
    const after = await connectClient();
    after.socket.write('back');
    await hears(after, 'back');
  });

  it('goes between a client and a Unix socket', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'connpool-'));
    const path = join(folder, 'server.sock');
    const unixServer = await TcpServer.start({ path });
    const unixProxy = await FaultProxy.start({ path });
    const socket = connect({ host: unixProxy.host, port: unixProxy.port });
    clients.push(socket);
    socket.write('through');
    const [data] = await waitForEvent<[Buffer]>(socket, 'data');
    assert.equal(data.toString(), 'through');
    unixProxy.set({ kind: 'reset' });
    const [error] = await waitForEvent<[NodeJS.ErrnoException]>(socket, 'error');
    assert.equal(error.code, 'ECONNRESET');
    await unixProxy.close();
    await unixServer.close();
    await rm(folder, { recursive: true });
  });

  it('leaves no handle behind, whatever it holds back', async () => {
    await null; // mocha starts the test's own timer when it has been given the promise
    const handles = recordHandles();
    const held = await FaultProxy.start(server);
    const socket = connect({ host: held.host, port: held.port });
    await once(socket, 'connect');
    held.set({ kind: 'delay', ms: 60_000 }, { direction: 'toClient' });
    held.set({ kind: 'stall' }, { direction: 'toServer' });
    socket.write('held');
    await waitFor('the server is reached', () => server.open === 1);
    server.send('held as well');
    await held.close();
    socket.destroy();
    await handles.assertNoneLeft();
  });
});
