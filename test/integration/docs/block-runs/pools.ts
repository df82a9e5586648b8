import type { BlockRun } from './block-run.js';
import { CONNECT, withConnect } from './own-client.js';

/** The README, and the documents about one kind of client each. */
export const POOLS: readonly BlockRun[] = [
  {
    document: 'README.md',
    holds: 'thriftPool(',
    replace: async (servers) => [['9090', String(await servers.thrift())]],
    prints: 'hello\n',
  },
  {
    document: 'README.md',
    holds: 'const pool = tcpPool(',
    replace: async (servers) => [['7007', String((await servers.echoes())[0])]],
    prints: 'hello\n',
  },
  {
    document: 'README.md',
    holds: 'new ConnPool(',
    replace: withConnect,
    before: CONNECT,
    after: "console.log(await pool.do((client) => client.query('hello'))); await pool.close();",
    prints: 'hello\n',
  },
  {
    document: 'README.md',
    holds: 'new Cluster(',
    replace: async (servers) => {
      const [a, b] = await servers.echoes();
      return [
        ['7007', String(a)],
        ['7008', String(b)],
      ];
    },
    prints: 'hello\n',
  },
  {
    document: 'docs/thrift.md',
    holds: 'client.Ping()',
    replace: async (servers) => [['9090', String(await servers.thrift())]],
    prints: 'hello\n',
  },
  {
    document: 'docs/thrift.md',
    holds: 'new Cluster',
    replace: async (servers) => {
      const port = await servers.thrift();
      return [
        ["'10.0.0.1', port: 9090", `'127.0.0.1', port: ${port}`],
        ["'10.0.0.2', port: 9090", `'127.0.0.1', port: ${port}`],
      ];
    },
    prints: 'hello\n',
  },
  {
    document: 'docs/tcp.md',
    holds: "'GET answer'",
    // What an echo server says to a PING.
    replace: async (servers) => [
      ['lines.example', '127.0.0.1'],
      ['7007', String((await servers.echoes())[0])],
      ["'PONG'", "'PING'"],
    ],
    prints: 'GET answer\n',
  },
  { document: 'docs/tcp.md', holds: 'logIn(', prints: '' },
  {
    document: 'docs/grpc.md',
    holds: 'health: true',
    replace: async (servers) => [['greeter.example:50051', `localhost:${await servers.tlsGreeter()}`]],
    prints: 'Hello, you!\n',
  },
  {
    document: 'docs/grpc.md',
    holds: 'sayHellos',
    replace: async (servers) => [['50051', String((await servers.greeters())[0])]],
    prints: "[ 'Hello, you!', 'Hello, you!', 'Hello, you!' ]\n",
  },
  {
    document: 'docs/grpc.md',
    holds: 'loseNothing',
    replace: async (servers) => [['GREETER_PORT', String((await servers.greeters())[0])]],
    after: `import { Cluster } from 'connpool';
      import { grpcPool, unary } from 'connpool/grpc';
      import { Greeter } from './greeter.js';
      const cluster = new Cluster({ connect: ({ port }) => grpcPool(Greeter, { address: 'localhost:' + port }) });
      cluster.addEndpoint({ id: 'a', port: GREETER_PORT });
      loseNothing(cluster);
      const sayHello = (client) => unary((done) => client.sayHello({ name: 'you' }, done));
      console.log((await cluster.do(sayHello)).message);
      await cluster.close();`,
    prints: 'Hello, you!\n',
  },
  {
    document: 'docs/grpc.md',
    holds: 'pool.stats().streams',
    replace: async (servers) => [['greeter.example:50051', `localhost:${(await servers.greeters())[0]}`]],
    prints: /^300 [1-4] /,
  },
  {
    document: 'docs/grpc.md',
    holds: 'isFailure: isGrpcConnectionError',
    replace: async (servers) => {
      const [a, b] = await servers.greeters();
      return [
        ["host: '10.0.0.1', port: 50051", `host: '127.0.0.1', port: ${a}`],
        ["host: '10.0.0.2', port: 50051", `host: '127.0.0.1', port: ${b}`],
      ];
    },
    prints: 'Hello, you!\n',
  },
  {
    document: 'docs/mux.md',
    holds: "Buffer.from('question')",
    replace: async (servers) => [['9000', String(await servers.frames())]],
    prints: 'question\n',
  },
  {
    document: 'docs/mux.md',
    holds: 'new MuxConnection(',
    replace: async (servers) => [['9000', String(await servers.mindAlpha())]],
    prints: /^13 14 \{/,
  },
  {
    document: 'docs/mux.md',
    holds: 'nextId()',
    replace: async (servers) => [['FRAMES_PORT', String(await servers.frames())]],
    after: `import { lengthPrefixed, muxPool } from 'connpool/mux';
      const codec = lengthPrefixed({ idBytes: 8, lengthBytes: 4, endian: 'BE' });
      const pool = muxPool({ host: '127.0.0.1', port: FRAMES_PORT, codec });
      const answer = await send(pool, (id) => {
        const frame = Buffer.alloc(12 + 5);
        codec.writeRequestHeader(frame, id, 5);
        frame.write('hello', 12);
        return frame;
      });
      console.log(answer.toString());
      await pool.close();`,
    prints: 'hello\n',
  },
  { document: 'docs/mux.md', holds: 'tls: true', prints: '' },
  { document: 'docs/mux.md', holds: 'magic byte', prints: '65535n\n' },
  {
    document: 'docs/codegen.md',
    holds: 'PriceClientPool',
    prints: /^\{ server: '10\.0\.0\.[12]', cents: 300 \}\n$/,
  },
  {
    document: 'docs/milvus.md',
    holds: 'milvusRegistry(',
    replace: async (servers) => [['milvus.example:19530', `127.0.0.1:${await servers.milvus()}`]],
    prints: /^\[\n {2}\{ score: 0, id: '1' \},\n.*id: '2' \},\n.*id: '3' \}\n\]\n$/,
  },
  {
    document: 'docs/generic-pool.md',
    holds: 'createPool(',
    replace: withConnect,
    before: CONNECT,
    after: 'console.log(rows);',
    prints: 'select 1\n',
  },
  {
    document: 'docs/timeouts.md',
    holds: 'AbortSignal.timeout(800)',
    replace: withConnect,
    before: CONNECT,
    after: 'console.log(rows); await pool.close();',
    prints: 'select 1\n',
  },
  {
    document: 'docs/observability.md',
    holds: 'collectPools(register',
    prints: /^connpool_\w+\{.*"cache".*\} \d+$/m,
  },
  { document: 'docs/observability.md', holds: 'metrics.getMeter', prints: '' },
  {
    document: 'docs/observability.md',
    holds: "subscribe('connpool:dial'",
    after: `import { tcpPool } from 'connpool/tcp';
      console.warn = (text) => console.log(text.replace(/\\d+ ms/, 'a while'));
      const pool = tcpPool({ host: '127.0.0.1', port: 1, pool: { name: 'nobody', dialRetryCount: 0 } });
      await pool.get().catch((error) => console.log(error.code));`,
    prints: 'nobody: a dial failed after a while\nERR_DIAL\n',
  },
];
