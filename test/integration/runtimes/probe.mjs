// Runs on Node.js, Bun or Deno, in a project that has the packed package: uses a part of it, named by the first
// argument, and prints 'ok'. The second argument is the port of what the part connects to.
import { once } from 'node:events';

const [part = '', port = '0'] = process.argv.slice(2);
const server = { host: '127.0.0.1', port: Number(port) };

const parts = {
  async pool() {
    const { ConnPool } = await import('connpool');
    const closed = [];
    const pool = new ConnPool({
      dial: async () => ({}),
      heartbeat: () => true,
      close: (_client, { reason }) => closed.push(reason),
      maxActive: 1,
      idleTimeoutMs: 20,
    });
    const evicted = once(pool, 'close');
    const transport = await pool.get();
    equal(await codeOf(pool.get({ timeoutMs: 20 })), 'ERR_WAIT_TIMEOUT');
    const controller = new AbortController();
    const aborted = codeOf(pool.get({ signal: controller.signal }));
    controller.abort(Object.assign(new Error('no longer wanted'), { code: 'ABORTED' }));
    equal(await aborted, 'ABORTED');
    await transport.close();
    const awake = setTimeout(() => {}, 5_000); // eviction alone holds no process
    await evicted;
    clearTimeout(awake);
    equal(closed.join(), 'idle');
    await pool.close();
  },

  async cluster() {
    const { Cluster, retry, timeout } = await import('connpool');
    const cluster = new Cluster();
    for (const id of ['a', 'b']) cluster.addClient({ id }, { id });
    cluster.use(timeout({ timeoutMs: 1_000 })).use(retry({ retries: 1, isRetryable: () => true }));
    let failed = false;
    const ids = new Set();
    for (let i = 0; i < 4; i++) {
      await cluster.do((client) => {
        if (!failed) {
          failed = true;
          throw new Error('once');
        }
        ids.add(client.id);
      });
    }
    equal([...ids].sort().join(), 'a,b');
    await cluster.close();
  },

  async tcp() {
    const { tcpPool } = await import('connpool/tcp');
    const pool = tcpPool({ ...server, pool: { maxActive: 2 } });
    for (let i = 0; i < 5; i++) {
      const answer = await pool.do(async (socket) => {
        socket.write(`hello ${i}`);
        return String((await once(socket, 'data'))[0]);
      });
      equal(answer, `hello ${i}`);
    }
    equal(pool.stats().dials, 1);
    await pool.close();
    const nobody = tcpPool({ host: '127.0.0.1', port: 1, pool: { dialRetryCount: 0 } });
    equal(await codeOf(nobody.get()), 'ERR_DIAL');
    await nobody.close();
  },

  async mux() {
    const { lengthPrefixed, muxPool } = await import('connpool/mux');
    const pool = muxPool({ ...server, codec: lengthPrefixed({ idBytes: 8, lengthBytes: 4 }) });
    const texts = ['one', 'two', 'three'];
    const answers = await Promise.all(
      texts.map((text) => pool.do((connection) => connection.request(Buffer.from(text)))),
    );
    equal(answers.map(String).join(), texts.join());
    await pool.close();
  },

  async thrift() {
    const { thriftPool } = await import('connpool/thrift');
    const { default: EchoService } = await import('./gen-nodejs/EchoService.js');
    const pool = thriftPool(EchoService, {
      ...server,
      transport: 'buffered',
      heartbeat: (client) => client.Ping(),
    });
    equal(await pool.do((client) => client.Echo('hello')), 'hello');
    await pool.close();
  },

  async grpc() {
    const { grpcPool, unary } = await import('connpool/grpc');
    const { default: grpc } = await import('@grpc/grpc-js');
    const bytes = { requestSerialize: (value) => value, responseDeserialize: (value) => value };
    const Client = grpc.makeGenericClientConstructor(
      {
        echo: {
          path: '/probe/echo',
          requestStream: false,
          responseStream: false,
          ...bytes,
          requestDeserialize: bytes.responseDeserialize,
          responseSerialize: bytes.requestSerialize,
        },
      },
      'probe',
    );
    const pool = grpcPool(Client, { address: `127.0.0.1:${port}` });
    const answer = await pool.do((client) => unary((done) => client.echo(Buffer.from('hello'), done)));
    equal(String(answer), 'hello');
    await pool.close();
  },
};

function equal(found, expected) {
  if (found !== expected) throw new Error(`${found} instead of ${expected}`);
}

async function codeOf(promise) {
  return promise.then(
    () => 'nothing failed',
    (error) => error.code,
  );
}

await parts[part]();
console.log('ok');
