import assert from 'node:assert/strict';
import { connect } from 'node:net';
import type { PoolManager } from '../../../lib/manager/pool-manager.js';
import { within } from '../../support/wait-for.js';
import { staticAt, Testing } from './fixture.js';

const test = new Testing();

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

describe('how the admin server speaks HTTP', () => {
  let manager: PoolManager;

  beforeEach(async () => {
    await test.begin();
    const server = await test.lines();
    const service = { protocol: 'tcp' as const, discovery: staticAt(server), pool: { initialSize: 1 } };
    manager = await test.started({
      services: { first: service, second: service },
      admin: { port: 0, metricsPath: '/m' },
    });
    await manager.ready();
  });
  afterEach(() => test.end());

  /** Sends a request as it is, and reads until the server closes; or until it has seen `until`. */
  async function send(request: string, until?: string): Promise<Answer> {
    const { hostname, port } = new URL(manager.adminUrl!);
    const socket = connect(Number(port), hostname);
    const answer = new Promise<string>((resolve, reject) => {
      let text = '';
      socket.setEncoding('utf8').on('error', reject);
      socket.on('data', (chunk) => {
        text += chunk;
        if (until !== undefined && text.includes(until)) socket.destroy();
      });
      socket.on('close', () => resolve(text));
    });
    socket.write(request);
    const [head = '', body = ''] = (await within('the server answers', answer)).split(/\r\n\r\n(.*)/s);
    const [first = '', ...lines] = head.split('\r\n');
    const headers = lines.map((line) => /^([^:]+): ?(.*)$/.exec(line)!.slice(1) as [string, string]);
    const named = Object.fromEntries(headers.map(([name, value]) => [name.toLowerCase(), value]));
    return { status: Number(first.split(' ')[1]), headers: named, body };
  }

  const ask = (method: string, path: string) =>
    send(`${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);

  it('can only be read: any other method is not allowed, and there is no such thing as a HEAD with a body', async () => {
    for (const path of ['/', '/assets/app.js', '/health', '/stats', '/events', '/m']) {
      for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE']) {
        const { status, headers } = await ask(method, path);
        assert.deepEqual([status, headers.allow], [405, 'GET, HEAD'], `${method} ${path}`);
      }
      const { status, body } = await ask('HEAD', path);
      assert.deepEqual([status, body], [200, ''], path);
    }
    const { body } = await ask('DELETE', '/health');
    assert.deepEqual(JSON.parse(body), { error: 'DELETE /health: it can only be read, with GET or HEAD' });
    assert.equal((await ask('POST', '/nothing')).status, 404);
  });

  it('says where there is something when it is asked for something else', async () => {
    const { status, body } = await ask('GET', '/metrics');
    assert.equal(status, 404);
    assert.deepEqual(JSON.parse(body), {
      error: 'there is nothing at /metrics, only at /, /health, /stats, /events, /m',
    });
  });

  it('names the service that was meant, and takes one at a time', async () => {
    for (const route of ['/health', '/stats']) {
      const cases = [
        [`${route}?service=frist`, 404, "there is no service 'frist' (did you mean 'first'?)"],
        [`${route}?service=`, 404, "there is no service '' (known: first, second)"],
        [`${route}?service=__proto__`, 404, "there is no service '__proto__' (known: first, second)"],
        [`${route}?service=first&service=second`, 400, "the parameter 'service' must be given once"],
      ] as const;
      for (const [path, status, error] of cases) {
        const answer = await ask('GET', path);
        assert.deepEqual([answer.status, JSON.parse(answer.body)], [status, { error }], path);
      }
    }
  });

  it('tells browsers what holds over plain HTTP, and nobody to keep figures', async () => {
    for (const path of ['/', '/assets/app.js', '/health', '/stats', '/m', '/nothing']) {
      const { headers } = await ask('GET', path);
      const { 'cache-control': caching, date, 'content-length': _length, ...rest } = headers;
      const isPage = path === '/' || path.startsWith('/assets');
      assert.equal(caching, isPage ? 'no-cache' : 'no-store', path);
      assert.ok(date);
      delete (rest as Record<string, string>)['content-type'];
      delete (rest as Record<string, string>)['transfer-encoding'];
      assert.deepEqual(rest, {
        connection: 'close',
        'content-security-policy':
          "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'origin-agent-cluster': '?1',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'DENY',
      });
    }
  });

  it('answers HTTP/1.0, as probes of load balancers speak it, without a Host header and without chunks', async () => {
    const health = await send('GET /health HTTP/1.0\r\n\r\n');
    assert.deepEqual([health.status, JSON.parse(health.body).status], [200, 'ok']);
    const events = await send('GET /events HTTP/1.0\r\n\r\n', 'event: snapshot');
    assert.deepEqual([events.status, events.headers['transfer-encoding']], [200, undefined]);
    assert.match(events.body, /^event: config\ndata: /);
    const unnamed = await send('GET /health HTTP/1.1\r\nConnection: close\r\n\r\n');
    assert.equal(unnamed.status, 400);
  });
});
