import assert from 'node:assert/strict';
import { EndpointSieve } from '../../../lib/discovery/endpoint-sieve.js';
import { fileDiscovery } from '../../../lib/discovery/file-discovery.js';
import { parserFor, parseYaml } from '../../../lib/discovery/file-format.js';

describe('the options of fileDiscovery', () => {
  it('refuses a path whose end tells no format, and options that are not allowed', () => {
    for (const path of ['endpoints', 'endpoints.toml', '', undefined as unknown as string]) {
      assert.throws(() => fileDiscovery(path), { code: 'ERR_INVALID_OPTION', option: 'path' });
    }
    assert.throws(() => fileDiscovery('a.json', { pollIntervalMs: 0 }), { option: 'pollIntervalMs' });
    assert.throws(() => fileDiscovery('a.json', { interval: 1 } as object), { option: 'interval' });
  });
});

describe('the format of an endpoint file', () => {
  it('goes by the end of its name', async () => {
    assert.deepEqual(await parserFor('/etc/a.JSON')('[{"id":"a"}]'), [{ id: 'a' }]);
    assert.deepEqual(await parserFor('a.json')('\uFEFF[]'), []);
    assert.deepEqual(await parserFor('a.yaml')('- id: a'), [{ id: 'a' }]);
    assert.deepEqual(await parserFor('a.yml')('endpoints: []'), { endpoints: [] });
  });

  it('names the package that YAML needs when it is not installed', async () => {
    const cause = Object.assign(new Error("Cannot find package 'yaml'"), { code: 'ERR_MODULE_NOT_FOUND' });
    await assert.rejects(
      parseYaml('- id: a', () => Promise.reject(cause)),
      { code: 'ERR_MISSING_PACKAGE', message: /npm install yaml/, cause },
    );
  });
});

describe('what people write in a list of endpoints', () => {
  it('keeps an endpoint that a faulty entry names until an entry says otherwise, or none names it', () => {
    const sieve = new EndpointSieve();
    const ids = (entries: unknown[]) =>
      sieve.sift(entries).endpoints.map(({ id, port }) => `${id}${port ?? ''}`);
    assert.deepEqual(ids([{ id: 'a', port: 1 }, { id: 'b' }]), ['a1', 'b']);
    assert.deepEqual(ids([{ id: 'a', port: 'x' }, { id: 'b' }]), ['b', 'a1']);
    assert.deepEqual(ids([{ id: 'a', port: 'x' }]), ['a1']);
    assert.deepEqual(
      ids([
        { id: 'a', port: 'x' },
        { id: 'a', port: 2 },
      ]),
      ['a2'],
    );
    assert.deepEqual(ids([{ id: 'b' }]), ['b']);
    assert.deepEqual(ids([{ id: 'a', port: 'x' }, { id: 'b' }]), ['b']);
  });

  it('points out a field whose name looks mistyped, and takes the endpoint all the same', () => {
    const { endpoints, faults } = new EndpointSieve().sift([
      { id: 'a', prot: 80, comment: 'ours' },
      { id: 'b', port: 80, ports: 'ours' },
    ]);
    assert.deepEqual(
      endpoints.map(({ id }) => id),
      ['a', 'b'],
    );
    assert.deepEqual(
      faults.map(({ option }) => option),
      ['endpoints[0].prot'],
    );
    assert.match(faults[0]!.message, /did you mean 'port'\?/);
  });

  it('takes the first of two entries with one id, and forgets nothing over a list of faults', () => {
    const sieve = new EndpointSieve();
    const { endpoints, faults } = sieve.sift([
      { id: 'a', port: 1 },
      { id: 'a', port: 2 },
    ]);
    assert.deepEqual(endpoints, [{ id: 'a', port: 1 }]);
    assert.deepEqual(
      faults.map(({ option }) => option),
      ['endpoints[1].id'],
    );
    assert.deepEqual(sieve.sift([7, null]).endpoints, []);
    assert.deepEqual(sieve.sift([{ id: 'a', port: 0 }]).endpoints, [{ id: 'a', port: 1 }]);
    assert.deepEqual(sieve.sift([]), { endpoints: [], faults: [] });
    assert.deepEqual(sieve.sift([{ id: 'a', port: 0 }]).endpoints, []);
  });
});
