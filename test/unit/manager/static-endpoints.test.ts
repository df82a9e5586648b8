import assert from 'node:assert/strict';
import { tmpdir } from 'node:os';
import { resolveConfig } from '../../../lib/manager/config/load-config.js';
import { discoveryOf } from '../../../lib/manager/discovery-of.js';
import { faultsOf } from './config-faults.js';

const configOf = (...endpoints: unknown[]) => ({
  services: { a: { discovery: { type: 'static', endpoints } } },
});
const faults = (...endpoints: unknown[]) =>
  faultsOf(configOf(...endpoints)).map((fault) => fault.replace('services.a.discovery.', ''));

/** What the cluster is told. */
async function endpointsOf(...endpoints: unknown[]): Promise<unknown> {
  const { services } = resolveConfig(configOf(...endpoints));
  const source = await discoveryOf(services.a!.discovery, tmpdir());
  for await (const list of source.watch(new AbortController().signal)) return list;
  return undefined;
}

describe('the endpoints of a static list', () => {
  it('are host and port, as text or as an object', async () => {
    const rest = { weight: 2, tags: ['t'], meta: { zone: 'z' } };
    assert.deepEqual(await endpointsOf('h:1', '[::1]:2', { host: 'i', port: 3, ...rest }), [
      { id: 'h:1', host: 'h', port: 1 },
      { id: '[::1]:2', host: '::1', port: 2 },
      { id: 'i:3', host: 'i', port: 3, ...rest },
    ]);
  });

  it('are called by their address when they have no id', async () => {
    const list = [
      { host: 'h', port: 1 },
      { host: '::1', port: 2 },
      { id: 'third', host: 'h', port: 1 },
    ];
    const ids = ((await endpointsOf(...list)) as { id: string }[]).map(({ id }) => id);
    assert.deepEqual(ids, ['h:1', '[::1]:2', 'third']);
  });

  it('that are wrong are all told', () => {
    const wrong = ['h', 'h:0', 'h:99999', 5, null, { host: 'h' }, { port: 1 }, { host: 'h', port: '80' }];
    const paths = faults('g:1', ...wrong, { host: 'h', port: 2, weight: 'w' }).map(
      (fault) => fault.split(':')[0],
    );
    assert.deepEqual(paths, [
      'endpoints[1]',
      'endpoints[2].port',
      'endpoints[3].port',
      'endpoints[4]',
      'endpoints[5]',
      'endpoints[6].port',
      'endpoints[7].host',
      'endpoints[8].port',
      'endpoints[9].weight',
    ]);
  });

  it('say what is missing, what is wrong, and what may stand there', () => {
    const [port, host, text, tags, meta] = faults(
      { host: 'h' },
      { port: 1 },
      'fe80::1',
      { host: 'h', port: 1, tags: 't' },
      { host: 'h', port: 2, meta: { a: 1 } },
    );
    assert.equal(port, 'endpoints[0].port: must be an integer from 1 to 65535, got nothing');
    assert.equal(host, 'endpoints[1].host: must be a host name or an IP address, got nothing');
    assert.equal(
      text,
      "endpoints[2]: must be 'host:port' (with IPv6 '[::1]:port'), or an object with host and port, and perhaps id, " +
        "weight, tags, meta, got 'fe80::1' (string)",
    );
    assert.equal(tags, "endpoints[3].tags: must be a list of strings, got 't' (string)");
    assert.equal(meta, 'endpoints[4].meta: must be an object of strings, got an object');
  });

  it('may not be texts that only look like an address', () => {
    for (const text of [
      'h:1x',
      ':80',
      'a b:1',
      '::1:80',
      'http://h:80',
      'u@h:80',
      '[h]:80',
      '[::1]',
      '[::1]:',
    ]) {
      assert.match(faults(text)[0] ?? '', /^endpoints\[0\]: must be 'host:port'/, text);
    }
  });

  it('may not be there twice, whichever way they are written, and each one is told', () => {
    assert.deepEqual(faults('h:1', 'h', { host: 'h', port: 1 }, { id: 'h:1', host: 'i', port: 2 }), [
      faults('g:1', 'h')[0],
      "endpoints[2].id: must be the only one of its name in the list, got 'h:1' as endpoints[0] has it",
      "endpoints[3].id: must be the only one of its name in the list, got 'h:1' as endpoints[0] has it",
    ]);
  });

  it('have no settings that nobody knows', () => {
    assert.deepEqual(faults({ host: 'h', port: 1, wieght: 3 }), [
      "endpoints[0].wieght: there is no such setting (did you mean 'weight'?)",
    ]);
  });

  it('are a list of at least one', () => {
    const config = (endpoints?: unknown) => ({
      services: { a: { discovery: { type: 'static', endpoints } } },
    });
    assert.match(faultsOf(config([]))[0]!, /endpoints: must name an endpoint, got an empty list$/);
    assert.match(
      faultsOf(config())[0]!,
      /endpoints: must be a list of endpoints, each 'host:port' .*, got nothing$/,
    );
    assert.match(
      faultsOf(config('h:1'))[0]!,
      /endpoints: must be a list of endpoints.*, got 'h:1' \(string\)$/,
    );
  });
});
