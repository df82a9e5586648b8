import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { withFlags } from '../../../lib/cli/start-flags.js';
import { ConfigError } from '../../../lib/manager/config/config-error.js';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { inProcess } from './in-process.js';

const atConsul = { discovery: { type: 'consul' as const, service: 's' } };
const elsewhere = { discovery: { type: 'static' as const, endpoints: ['h:1'] } };
const ADDRESS = '10.0.0.1:8500';

function faults(config: unknown, adjust: ReturnType<typeof withFlags>): string[] {
  try {
    resolveConfig(config, { adjust, env: {} });
    return [];
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.issues.map(({ path, message }) => `${path}: ${message}`);
  }
}

describe('the flags of connpool start', () => {
  it('--consul-addr is where every service at Consul asks', () => {
    const config = { services: { a: atConsul, b: elsewhere } };
    const { services } = resolveConfig(config, { adjust: withFlags(ADDRESS, undefined) });
    assert.ok(services.a!.discovery.type === 'consul');
    assert.equal(services.a!.discovery.address, ADDRESS);
    assert.equal(services.b!.discovery.type, 'static');
    assert.deepEqual(
      config.services.a,
      { discovery: { type: 'consul', service: 's' } },
      'the config is left alone',
    );
  });

  it('--consul-addr is refused when no service is at Consul, with everything else that is wrong', () => {
    const told = '--consul-addr: must be left out: no service of this config has its endpoints from Consul';
    assert.deepEqual(faults({ services: {} }, withFlags(ADDRESS, undefined)), [told]);
    const wrong = { ...elsewhere, protocol: 'tcp', transport: 'framed', balancer: 'best' };
    const [first, ...others] = faults({ services: { a: wrong } }, withFlags(ADDRESS, undefined));
    assert.equal(first, told);
    assert.deepEqual(
      others.map((fault) => fault.split(':')[0]),
      ['services.a.balancer', 'services.a.transport'],
    );
  });

  it('--consul-addr is not refused when a reload takes the last service at Consul away', () => {
    const adjust = withFlags(ADDRESS, undefined);
    assert.deepEqual(faults({ services: { a: atConsul } }, adjust), []);
    assert.deepEqual(faults({ services: { a: elsewhere } }, adjust), []);
  });

  it('--consul-addr is not blamed for what a mistyped service may have meant', () => {
    for (const service of [{ discovery: { type: 'consull', service: 's' } }, { discovery: 5 }, null]) {
      const [fault, ...others] = faults({ services: { a: service } }, withFlags(ADDRESS, undefined));
      assert.match(fault ?? '', /^services\.a/);
      assert.deepEqual(others, []);
    }
  });

  it('--consul-addr must be an address', () => {
    assert.throws(() => withFlags('nonsense', undefined), {
      message: "--consul-addr must be 'host:port', or an http or https URL, got 'nonsense' (string)",
    });
  });

  it('--port is where the admin server listens, which is on unless the file says otherwise', () => {
    const adminOf = (admin: unknown, port?: number) =>
      withFlags(undefined, port)({ services: {}, admin: admin as never }).admin;
    assert.deepEqual(adminOf(undefined), {});
    assert.equal(adminOf(false), false);
    assert.deepEqual(adminOf(undefined, 1), { port: 1 });
    assert.deepEqual(adminOf(false, 1), { port: 1 });
    assert.deepEqual(adminOf({ host: '::1', port: 2 }, 1), { host: '::1', port: 1 });
  });

  it('hide nothing that is wrong with the file', () => {
    for (const flags of [withFlags(ADDRESS, 1), withFlags(undefined, undefined)]) {
      assert.deepEqual(faults({ services: 'abc', admin: 5 }, flags), [
        "services: must be an object of services by their names, got 'abc' (string)",
        'admin: must be false, or an object ({} = with its defaults), got 5 (number)',
      ]);
      assert.match(faults({ services: {}, admin: null }, flags).at(-1) ?? '', /^admin: .*got nothing/);
    }
  });

  it('end the command with 1 as a bad config does, and with 2 when they are wrong themselves', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'connpool-flags-'));
    const file = join(folder, 'connpool.json');
    await writeFile(file, JSON.stringify({ services: { a: elsewhere } }));
    try {
      const idle = await inProcess('start', '-c', file, '--consul-addr', ADDRESS);
      assert.equal(idle.exitCode, 1, idle.stderr);
      assert.match(
        idle.stderr,
        /connpool\.json cannot be used:\n {2}--consul-addr: must be left out: no service/,
      );
      const wrong = await inProcess('start', '-c', file, '--consul-addr', 'nonsense');
      assert.deepEqual(
        [wrong.exitCode, wrong.stderr.split('\n')[0]],
        [2, "connpool: --consul-addr must be 'host:port', or an http or https URL, got 'nonsense' (string)"],
      );
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
