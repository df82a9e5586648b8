import assert from 'node:assert/strict';
import { get, type IncomingMessage, type OutgoingHttpHeaders } from 'node:http';
import { text } from 'node:stream/consumers';
import type { AdminConfig, ManagerConfigInput } from '../../../lib/manager/config/schema.js';
import type { PoolManager } from '../../../lib/manager/pool-manager.js';
import { EventReader } from './event-reader.js';
import { Testing } from './fixture.js';

const test = new Testing();
const PRIVATE = ['/metrics', '/health', '/stats', '/events', '/nothing'];

describe('who may read the admin server', () => {
  beforeEach(() => test.begin());
  afterEach(() => test.end());

  const started = (admin: Partial<AdminConfig>): Promise<PoolManager> =>
    test.started({ services: {}, admin: { port: 0, ...admin } as ManagerConfigInput['admin'] });

  /** Asks with headers that fetch would not send. */
  async function ask(manager: PoolManager, path: string, headers: OutgoingHttpHeaders = {}) {
    const url = new URL(path, manager.adminUrl);
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(url, { agent: false, headers }, resolve).on('error', reject);
    });
    if (response.headers['content-type']?.startsWith('text/event-stream')) {
      response.destroy();
      return { status: response.statusCode, headers: response.headers, body: '' };
    }
    return { status: response.statusCode, headers: response.headers, body: await text(response) };
  }

  it('without a token: whoever is on this machine', async () => {
    const manager = await started({});
    for (const path of PRIVATE) {
      assert.equal((await ask(manager, path)).status, path === '/nothing' ? 404 : 200, path);
    }
  });

  it('with a token: only who brings it, but for the files of the page that asks for it', async () => {
    const manager = await started({ token: 'open sesame' });
    for (const path of PRIVATE) {
      const { status, headers, body } = await ask(manager, path);
      assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer'], path);
      assert.deepEqual(JSON.parse(body), { error: 'a bearer token is needed' });
    }
    for (const authorization of [
      'Bearer open',
      'Bearer open sesame2',
      'Basic open sesame',
      'Bearer',
      'open sesame',
    ])
      assert.equal((await ask(manager, '/stats', { authorization })).status, 401, authorization);
    for (const authorization of ['Bearer open sesame', 'bearer open sesame'])
      assert.equal((await ask(manager, '/stats', { authorization })).status, 200, authorization);
    for (const path of ['/', '/assets/app.js']) assert.equal((await ask(manager, path)).status, 200, path);
  });

  it('with a token: the page says so itself, so that no browser has to be refused first', async () => {
    for (const [token, isLocked] of [
      ['open sesame', true],
      [undefined, false],
    ] as const) {
      const { status, headers, body } = await ask(await started({ token }), '/');
      assert.deepEqual(
        [status, headers['content-type'], body.includes('<html data-locked')],
        [200, 'text/html; charset=utf-8', isLocked],
      );
    }
  });

  it('with a token that changes: streams that were opened with the old one end', async () => {
    const manager = await started({ token: 'old' });
    const read = (token: string) =>
      EventReader.open(`${manager.adminUrl}/events`, { headers: { authorization: `Bearer ${token}` } });
    const reader = await read('old');
    await reader.next('snapshot');
    await manager.reload({ services: {}, admin: { port: 0, token: 'new' } });
    await reader.ended();
    const [refused, taken] = [await read('old'), await read('new')];
    assert.deepEqual([refused.status, taken.status], [401, 200]);
    await Promise.all([refused.close(), taken.close()]);
  });

  it('only who calls it by a name that it has: a web page that was pointed here does not', async () => {
    const manager = await started({ allowedHosts: ['metrics.example'] });
    const { port } = new URL(manager.adminUrl!);
    const known = ['localhost', 'LOCALHOST', '127.0.0.1', '[::1]', '10.1.2.3', 'metrics.example'];
    for (const host of known.flatMap((name) => [name, `${name}:${port}`]))
      assert.equal((await ask(manager, '/health', { host })).status, 200, host);
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      'localhost.evil.example',
      '127.0.0.1.evil.example',
    ])
      for (const path of ['/', '/assets/app.js', '/stats']) {
        const { status, body } = await ask(manager, path, { host });
        assert.equal(status, 421, `${host} ${path}`);
        assert.match(body, /is not known as '.*evil\.example'; admin\.allowedHosts lists further names/);
      }
  });

  it('behind a token and on all addresses by any name, unless it was given some', async () => {
    const headers = { authorization: 'Bearer t', host: 'pod-7.example' };
    const open = await started({ host: '0.0.0.0', token: 't' });
    assert.equal((await ask(open, '/health', headers)).status, 200);
    const named = await started({ host: '0.0.0.0', token: 't', allowedHosts: ['other.example'] });
    assert.equal((await ask(named, '/health', headers)).status, 421);
    const insecure = await started({ host: '0.0.0.0', allowInsecure: true });
    assert.equal((await ask(insecure, '/health', headers)).status, 421);
    assert.equal((await ask(insecure, '/health', { host: '10.0.0.7:9090' })).status, 200);
  });

  it('from other machines nobody, unless there is a token or it is said that none is wanted', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'somewhere.example']) {
      const manager = test.manager({ services: {}, admin: { port: 0, host } });
      await assert.rejects(manager.start(), {
        code: 'ERR_CONFIG',
        message: /admin\.token: must be given: other machines may reach '/,
      });
    }
    assert.match((await started({})).adminUrl!, /^http:\/\/127\.0\.0\.1:\d+$/);
  });
});
