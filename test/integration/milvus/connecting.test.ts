import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { inspect } from 'node:util';
import { Server, status } from '@grpc/grpc-js';
import { freePorts } from '../../support/free-ports.js';
import { waitFor } from '../../support/wait-for.js';
import { failureOf, listen, refusalOf, serveMilvus, startMilvus, withMilvus } from './fixture.js';

/** A server that does to each connection what no Milvus does; no connection may be left when `use` has ended. */
async function withServer(
  onConnection: (socket: Socket) => void,
  use: (address: string) => Promise<void>,
): Promise<void> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => {}).on('close', () => sockets.delete(socket)));
    socket.resume();
    onConnection(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`127.0.0.1:${(server.address() as AddressInfo).port}`);
    await waitFor('the server sees no connection any more', () => sockets.size === 0);
  } finally {
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  }
}

const misdeeds: Record<string, [(socket: Socket) => void, RegExp]> = {
  'accepts and says nothing': [() => {}, /no answer within 700 ms$/],
  'hangs up': [(socket) => socket.end(), /failed: the server hung up|failed: \w/],
  'resets connections': [(socket) => socket.resetAndDestroy(), /failed: .*(ECONNRESET|hung up)/],
  'speaks HTTP/1': [
    (socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'),
    /failed: .*(HTTP\/2|hung up)/,
  ],
  'sends noise': [(socket) => socket.write(Buffer.alloc(500, 0xa5)), /failed: .*(HTTP\/2|no answer)/],
};

describe('a Milvus client that cannot connect', () => {
  it('says who it is, where it should go, and that nobody listens there', async () => {
    const [port] = await freePorts(1);
    const { message, cause } = await refusalOf({ address: `127.0.0.1:${port}` });
    const expected = `client 'main': connecting to 127.0.0.1:${port} failed: connect ECONNREFUSED 127.0.0.1:${port}`;
    assert.equal(message, expected);
    assert.ok(cause instanceof Error);
  });

  for (const [misdeed, [onConnection, why]] of Object.entries(misdeeds)) {
    it(`fails in time and leaves nothing when the server ${misdeed}`, () =>
      withServer(onConnection, async (address) => {
        const startedAt = performance.now();
        assert.match((await refusalOf({ address, connectTimeoutMs: 700 })).message, why);
        assert.ok(performance.now() - startedAt < 4_000);
      }));
  }

  it('gives up on a Milvus that takes calls and never answers', async () => {
    await using server = await serveMilvus({ instead: { Connect: () => {} } });
    const { address } = server;
    assert.match((await refusalOf({ address, connectTimeoutMs: 300 })).message, /no answer within 300 ms$/);
    assert.match(
      (await refusalOf({ address, timeout: 200 })).message,
      /no answer within the option 'timeout'$/,
    );
  });

  it('says so when a gRPC server is no Milvus', async () => {
    const server = new Server();
    const address = `127.0.0.1:${await listen(server)}`;
    assert.match((await refusalOf({ address })).message, /the server speaks gRPC, but is no Milvus$/);
    server.forceShutdown();
  });

  it('takes a Milvus that is too old for Connect', async () => {
    const unknown = (_: unknown, done: (error: { code: number }) => void) =>
      done({ code: status.UNIMPLEMENTED });
    await using server = await serveMilvus({ instead: { Connect: unknown as never } });
    await withMilvus({ address: server.address }, async (milvus) => {
      assert.equal((await (await milvus.mustGet('old')).getVersion()).version, 'stand-in');
    });
  });

  it('says why the server refuses it, such as for a database that is not there', async () => {
    const answer = {
      status: { error_code: 'UnexpectedError', code: 800, reason: 'database not found[database=x]' },
    };
    await using server = await serveMilvus({ instead: { Connect: (_, done) => done(null, answer) } });
    const error = await refusalOf({ address: server.address, database: 'x' });
    assert.match(error.message, /failed: database not found\[database=x\]$/);
  });

  it('can try again under the same name once the server is there', async () => {
    const [port] = await freePorts(1);
    await withMilvus({ address: `127.0.0.1:${port}` }, async (milvus) => {
      await failureOf(milvus.mustGet('main'));
      const server = await startMilvus('--port', `${port}`);
      try {
        assert.equal((await (await milvus.mustGet('main')).checkHealth()).isHealthy, true);
        await milvus.remove('main');
      } finally {
        await server.stop();
      }
    });
  });
});

describe('the credentials of a Milvus client', () => {
  it('are checked when it connects: what is wrong is refused, without a word of the password', async () => {
    await using server = await serveMilvus({ user: 'root:Milvus' });
    const { address } = server;
    const error = await refusalOf({ address, username: 'root', password: 'not-the-right-one' });
    assert.match(error.message, /failed: auth check failure, please check username and password$/);
    assert.doesNotMatch(inspect(error, { depth: 9 }), /not-the-right-one/);
    assert.match((await refusalOf({ address })).message, /auth check failure/);
  });

  it('may be a user and a password or a token, for all clients or for one', async () => {
    await using server = await serveMilvus({ user: 'root:Milvus' });
    await withMilvus({ address: server.address, token: 'wrong' }, async (milvus) => {
      await failureOf(milvus.mustGet('by default'));
      const clients = [
        await milvus.add('token', { token: 'root:Milvus' }),
        await milvus.add('password', { username: 'root', password: 'Milvus' }),
      ];
      for (const client of clients) assert.equal((await client.checkHealth()).isHealthy, true);
    });
  });

  it('are not shown even when the server sends them back', async () => {
    await using server = await serveMilvus({
      instead: {
        Connect: (call, done) => {
          const sent = String(call.metadata.get('authorization')[0]);
          const plain = Buffer.from(sent, 'base64').toString();
          done({ code: status.UNAUTHENTICATED, details: `no entry for ${sent} (${plain})` });
        },
      },
    });
    for (const secret of [{ token: 'hush-hush' }, { username: 'me', password: 'hush-hush' }]) {
      const error = await refusalOf({ address: server.address, ...secret });
      assert.match(error.message, /failed: no entry for \*\*\* \(.*\*\*\*\)$/);
      const encoded = Buffer.from(secret.token ?? 'me:hush-hush').toString('base64');
      const printed = inspect(error, { depth: 9 });
      assert.ok(!printed.includes('hush-hush') && !printed.includes(encoded), printed);
    }
  });
});
