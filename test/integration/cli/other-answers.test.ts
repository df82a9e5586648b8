import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitFor, within } from '../../support/wait-for.js';
import { inProcess } from '../../unit/cli/in-process.js';
import { startCli } from './cli-process.js';

const SERVICE = { name: 'users', protocol: 'tcp', state: 'ready', calls: { calls: 1, failures: 0 } };
const NODE = { id: 'a', state: 'healthy', weight: 1, inFlight: 0, calls: 0, failures: 0 };

describe('what connpool stats and connpool health make of an address', function () {
  this.timeout(30_000);
  let server: Server;
  let answer: (response: ServerResponse, path: string) => void;
  let port: number;

  const listen = async (at: number) => {
    server = createServer((request, response) => answer(response, request.url!)).listen(at, '127.0.0.1');
    await once(server, 'listening');
  };
  const close = () => {
    server.closeAllConnections();
    return within('the server closes', new Promise((resolve) => server.close(resolve)));
  };

  beforeEach(async () => {
    await listen(0);
    ({ port } = server.address() as AddressInfo);
  });
  afterEach(close);

  const origin = () => `http://127.0.0.1:${port}`;
  const ask = (command: string, ...flags: string[]) => inProcess(command, '--url', origin(), ...flags);

  async function refuses(run: ReturnType<typeof inProcess>, message: string | RegExp): Promise<void> {
    const { exitCode, stdout, stderr } = await run;
    assert.deepEqual([exitCode, stdout], [2, '']);
    if (typeof message === 'string') assert.equal(stderr, `connpool: ${message}\n`);
    else assert.match(stderr, message);
    assert.doesNotMatch(stderr, /\n {4}at /);
  }

  it('where something else answers: that it does not answer as the admin server', async () => {
    const bodies = [
      '',
      '<html>',
      'null',
      '[]',
      '"services"',
      '{"services":null}',
      '{"services":5}',
      '{"services":[1]}',
      '{"services":[{}],"status":"ok"}',
      JSON.stringify({ services: [{ ...SERVICE, calls: { calls: 'many', failures: 0 } }] }),
      JSON.stringify({ services: [{ ...SERVICE, cluster: {} }] }),
      JSON.stringify({ services: [{ ...SERVICE, cluster: { nodes: [{ ...NODE, source: null }] } }] }),
    ];
    for (const body of bodies) {
      for (const status of [200, 503]) {
        answer = (response) => void response.writeHead(status).end(body);
        for (const command of ['stats', 'health']) {
          const message = `${origin()} answered ${status}, but not as connpool's admin server does`;
          await refuses(ask(command), message);
        }
      }
    }
  });

  it('where it is refused: with what status, and why when that is said in words', async () => {
    for (const [status, body, why] of [
      [500, 'Internal', ''],
      [404, '{"error":{"code":5}}', ''],
      [401, '{"error":"a bearer token is needed"}', ': a bearer token is needed'],
      [404, 'null', ''],
    ] as const) {
      answer = (response) => void response.writeHead(status).end(body);
      await refuses(ask('health'), `${origin()} answered ${status}${why}`);
    }
  });

  it('where nothing answers in time, or only half: how long it has waited', async () => {
    for (const begin of [() => {}, (response: ServerResponse) => void response.write('{"services":')]) {
      answer = begin;
      await refuses(ask('stats', '--timeout', '0.2'), `cannot reach ${origin()}: no whole answer in 0.2 s`);
    }
    answer = (response) => void response.socket!.destroy();
    await refuses(ask('health'), /^connpool: cannot reach .*: other side closed\n$/);
  });

  it('that is none, or has a password: without telling that', async () => {
    const wanted = '--url must be a URL such as http://127.0.0.1:9090, got';
    await refuses(inProcess('stats', '--url', 'localhost:9090'), `${wanted} 'localhost:9090'`);
    await refuses(inProcess('stats', '--url', 'ftp://localhost'), `${wanted} 'ftp://localhost'`);
    await refuses(inProcess('health', '--url', 'http://me:secret@localhost'), `${wanted} one with a name`);
    await refuses(ask('health', '--token', 'sécret→'), '--token must be text that an HTTP header can carry');
  });

  it('below a path of its own, as something before it may show it', async () => {
    answer = (response, path) =>
      void response.end(JSON.stringify({ status: 'ok', services: { [path]: { state: 'ready' } } }));
    for (const url of [`${origin()}/pools`, `${origin()}/pools/`]) {
      const { exitCode, stdout } = await inProcess('health', '--url', url, '--service', 'a b');
      assert.deepEqual([exitCode, stdout], [0, '/pools/health?service=a+b: ready\n']);
    }
  });

  it('that is watched while its manager restarts: what is wrong, once, and then the figures again', async () => {
    let looks = 0;
    const report = {
      at: 0,
      services: [
        {
          ...SERVICE,
          cluster: { nodes: [{ ...NODE, source: { inUse: 0, idle: 1, dialing: 0, waiting: 0 } }] },
        },
      ],
    };
    answer = (response) => {
      looks++;
      response.end(JSON.stringify(report));
    };
    const watching = startCli(['stats', '--watch', '--json', '--url', origin()]);
    await watching.saw(/"users"/);
    await close();
    await watching.saw(/^connpool: cannot reach .*ECONNREFUSED.*; trying again\n$/);
    const before = watching.stdout.length;
    await listen(port);
    await waitFor('the figures again', () => watching.stdout.length > before, { timeoutMs: 10_000 });
    watching.child.kill('SIGINT');
    const { stderr } = await within('the watch ends', watching.ended);
    assert.ok(looks >= 2);
    assert.equal(stderr.split('\n').length, 2, stderr);
  });
});
