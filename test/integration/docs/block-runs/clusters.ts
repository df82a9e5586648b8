import type { BlockServers } from '../block-servers.js';
import type { BlockRun } from './block-run.js';

async function echoes(servers: BlockServers): Promise<[string, string][]> {
  const [a, b] = await servers.echoes();
  return [
    ["id: 'a', host: '10.0.0.1', port: 7", `id: 'a', host: '127.0.0.1', port: ${a}`],
    ["id: 'b', host: '10.0.0.2', port: 7", `id: 'b', host: '127.0.0.1', port: ${b}`],
  ];
}

async function weather(servers: BlockServers): Promise<[string, string][]> {
  const [a, b] = await servers.weather();
  return [
    ['http://10.0.0.1', a],
    ['http://10.0.0.2', b],
  ];
}

/** The documents about clusters, and about what stands around them. */
export const CLUSTERS: readonly BlockRun[] = [
  {
    document: 'docs/cluster.md',
    holds: 'socket.remoteAddress',
    replace: echoes,
    prints: '127.0.0.1\n',
  },
  { document: 'docs/cluster.md', holds: "method: 'degrees'", replace: weather, prints: '4\n' },
  {
    document: 'docs/cluster.md',
    holds: 'firstAvailable',
    after: `cluster.addClient('first', { id: 'a' });
      cluster.addClient('second', { id: 'b' });
      console.log(await cluster.do((client) => client), await cluster.do((client) => client));`,
    prints: /^cluster-\d+\nfirst first\n$/,
  },
  {
    document: 'docs/cluster.md',
    holds: 'HttpError',
    after: `import { WeatherClient } from './weather-client.js';
      cluster.addClient(new WeatherClient('http://127.0.0.1:1'), { id: 'a' });
      console.warn = (text) => console.log(text);
      for (let i = 0; i < 5; i++) await cluster.do((client) => client.degrees('Oslo')).catch(() => {});`,
    prints: 'a is left alone for 2 s:\n',
  },
  {
    document: 'docs/cluster.md',
    holds: 'healthCheckFailed',
    replace: async () => [
      ['8080', '1'],
      ['5_000', '50'],
    ],
    after: `console.warn = () => {};
      cluster.addEndpoint({ id: 'a', host: '127.0.0.1', port: 7 });
      const alive = setInterval(() => {}, 1_000);
      cluster.on('healthCheckFailed', ({ id }, _error, markedDown) => {
        console.log(id, markedDown);
        if (!markedDown) return;
        clearInterval(alive);
        void cluster.close();
      });`,
    prints: 'a false\na true\n',
  },
  {
    document: 'docs/cluster.md',
    holds: 'pooled(',
    replace: async (servers) => [['http://10.0.0.1', (await servers.weather())[0]]],
    prints: '4\n',
  },
  {
    document: 'docs/cluster.md',
    holds: 'weatherCluster',
    replace: async (servers) => [['WEATHER_PORT', new URL((await servers.weather())[0]).port]],
    after: `import { staticDiscovery } from 'connpool';
      const cluster = weatherCluster(staticDiscovery([{ id: 'a', host: '127.0.0.1', port: WEATHER_PORT }]));
      console.log(await cluster.do((client) => client.degrees('Oslo')));
      await cluster.close();`,
    prints: '4\n',
  },
  {
    document: 'docs/cluster.md',
    holds: 'new ClientRegistry',
    prints: "[ 'tenant-1' ] 0\n",
  },
  {
    document: 'docs/discovery.md',
    holds: 'fileDiscovery(',
    replace: async (servers, project) => {
      const [port] = await servers.echoes();
      const list = JSON.stringify([{ id: 'a', host: '127.0.0.1', port, weight: 2 }]);
      return [['/etc/echo/endpoints.json', await project.write('endpoints.json', list)]];
    },
    prints: '',
  },
  {
    document: 'docs/discovery.md',
    holds: 'staticDiscovery(',
    after: `for await (const endpoints of discovery.watch(new AbortController().signal)) {
        console.log(endpoints.map(({ id }) => id));
        break;
      }`,
    prints: "[ 'a', 'b' ]\n",
  },
  {
    document: 'docs/discovery.md',
    holds: 'dnsDiscovery(',
    replace: async (servers) => {
      const dns = await servers.dns();
      dns.setServices('_echo._tcp.internal', [{ target: 'a.internal', port: 7 }]);
      dns.setAddresses('a.internal', ['127.0.0.1']);
      return [['10.0.0.2:53', dns.address]];
    },
    // `addresses` are looked up by the system, which knows no such name.
    after: `for await (const [{ host, port }] of services.watch(AbortSignal.timeout(5_000))) {
        console.log(host, port);
        break;
      }`,
    prints: '127.0.0.1 7\n',
  },
  {
    document: 'docs/discovery.md',
    holds: 'consulDiscovery(',
    replace: async (servers, _project, test) => {
      const consul = await servers.consul(test);
      await consul.api.register({
        ID: 'echo-1',
        Name: 'echo',
        Address: '127.0.0.1',
        Port: 7,
        Tags: ['v2'],
        Meta: { balanceFactor: '3' },
      });
      return [['127.0.0.1:8500', consul.address]];
    },
    after: `for await (const endpoints of discovery.watch(AbortSignal.timeout(5_000))) {
        console.log(endpoints.map(({ host, port, weight }) => [host, port, weight].join(' ')));
        break;
      }`,
    prints: "[ '127.0.0.1 7 3' ]\n",
  },
  {
    document: 'docs/discovery.md',
    holds: 'registerService(',
    replace: async (servers, _project, test) => [
      ['127.0.0.1:8500', (await servers.consul(test)).address],
      // Not among what other blocks find.
      ["service: 'echo'", "service: 'registered'"],
    ],
    after: `const listed = await fetch('http://127.0.0.1:8500/v1/health/service/registered?passing');
      console.log((await listed.json()).map(({ Service }) => Service.Address + ':' + Service.Port));
      process.emit('SIGTERM');`,
    prints: "[ '10.0.0.1:9090' ]\n",
  },
  {
    document: 'docs/discovery.md',
    holds: 'httpDiscovery',
    replace: async (servers) => [['ENDPOINTS_URL', await servers.answering(JSON.stringify([{ id: 'a' }]))]],
    after: `for await (const [{ id }] of httpDiscovery('ENDPOINTS_URL').watch(new AbortController().signal)) {
        console.log(id);
        break;
      }`,
    prints: 'a\n',
  },
  { document: 'docs/middleware.md', holds: 'bulkhead(', replace: weather, prints: '4\n' },
  {
    document: 'docs/middleware.md',
    holds: 'RateLimiterRedis(',
    replace: async (servers, _project, test) => [
      ['redis://127.0.0.1:6379', (await servers.redis(test)).socket],
    ],
    after: `cluster.addClient('a client', { id: 'a' });
      console.log(await cluster.do((client) => client));
      redis.disconnect();`,
    prints: /^cluster-\d+\na client\n$/,
  },
  {
    document: 'docs/middleware.md',
    holds: 'logSlow',
    after: `import { Cluster, ConnPool } from 'connpool';
      console.warn = (text) => console.log(text.replace(/\\d+ ms/, 'long'));
      let [up, on] = [false, true];
      const dial = () => (up ? 'a client' : Promise.reject(new Error('down')));
      const cluster = new Cluster({ connect: () => new ConnPool({ dial, close() {}, dialRetryCount: 0 }) })
        .use(orElse(() => 'substitute'))
        .use(logSlow(5))
        .use(onlyWhile(() => on));
      cluster.addEndpoint({ id: 'a' });
      console.log(await cluster.do(() => 'never'));
      up = true;
      const slow = () => new Promise((resolve) => setTimeout(resolve, 50, 'answer'));
      console.log(await cluster.do(slow, { method: 'slow' }));
      on = false;
      console.log(await cluster.do(() => 'never').catch((error) => error.message));`,
    prints: 'substitute\nslow on a: long\nanswer\nswitched off\n',
  },
];
