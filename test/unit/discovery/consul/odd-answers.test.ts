import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { beforeEach, describe, it } from 'mocha';
import { consulDiscovery } from '../../../../lib/discovery/consul/index.js';
import { Watched } from '../../../integration/discovery/watched.js';
import { Cleanup } from '../../../support/cleanup.js';
import { waitFor } from '../../../support/wait-for.js';

const TOKEN = '3b4a1c0e-0000-4000-8000-00000000dead';

describe('consulDiscovery and odd answers', () => {
  let server: Server;
  let answer: RequestListener;
  const cleanup = new Cleanup();

  beforeEach(async () => {
    server = createServer((request, response) => answer(request, response)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    cleanup.after(async () => {
      server.closeAllConnections();
      await once(server.close(), 'close');
    });
  });

  const address = () => `127.0.0.1:${(server.address() as AddressInfo).port}`;
  function watch(): Watched {
    return cleanup.add(new Watched(consulDiscovery({ address: address(), service: 'web', token: TOKEN })));
  }

  it('reads no answer beyond 64 MiB', async () => {
    let sent = 0;
    let isCut = false;
    answer = (_, response) => {
      const chunk = Buffer.alloc(1_048_576, ' ');
      const more = () => {
        while (sent < 300 && response.write(chunk)) sent++;
        if (sent >= 300) response.end('[]');
      };
      response.on('drain', () => {
        sent++;
        more();
      });
      response.on('close', () => {
        isCut = true;
      });
      more();
    };
    const it = watch();
    await it.error(/GET \/v1\/health\/service\/web failed: the answer is longer than 67108864 bytes/, {
      timeoutMs: 10_000,
    });
    await waitFor('the connection to be cut', () => isCut);
    assert.ok(sent < 120, `${sent} MiB were sent`);
    assert.deepEqual(it.lists, []);
  });

  it('shows no token that an error text repeats', async () => {
    answer = ({ headers }, response) => {
      const said = `${'-'.repeat(150)} rpc error: token ${headers['x-consul-token']} is unknown`;
      response.writeHead(500).end(said);
    };
    const error = await watch().error(/with 500: -+ rpc error/);
    assert.ok(!error.message.includes(TOKEN.slice(0, 8)), error.message);
  });

  it('says that the first answer is slow while it waits for it', async () => {
    answer = () => {};
    const error = await watch().error(/web: no answer for 1000 ms yet/);
    assert.ok(error.message.includes(address()), error.message);
  });

  it('keeps the process alive until the first list, and no longer', async () => {
    let asked = 0;
    answer = (_, response) => {
      asked++;
      if (asked === 1) setTimeout(() => response.writeHead(200, { 'X-Consul-Index': 7 }).end('[]'), 300);
    };
    const script = `
      import { consulDiscovery } from ${JSON.stringify(new URL('../../../../lib/discovery/consul/index.ts', import.meta.url).href)};
      const source = consulDiscovery({ address: process.argv[1], service: 'web' });
      for await (const list of source.watch(new AbortController().signal)) console.log(list.length);
    `;
    const args = ['--import', 'tsx', '--input-type=module', '-e', script, address()];
    // 13: the loop that it ends with was not over.
    const ended = await promisify(execFile)(process.execPath, args, { timeout: 15_000 }).catch(
      (error) => error,
    );
    assert.deepEqual([ended.code, ended.stdout], [13, '0\n']);
  });
});
