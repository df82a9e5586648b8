import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { type ConsulInstance, readInstances } from '../../../../lib/discovery/consul/consul-instance.js';
import { endpointsOf } from '../../../../lib/discovery/consul/instance-endpoints.js';

const BY_CONSUL = { metaKey: undefined, defaultWeight: 200 };

function instance(id: string, host: string, port: number | undefined, more: Partial<ConsulInstance> = {}) {
  return { id, host, port, tags: [], meta: {}, weight: 1, ...more };
}

/** The endpoints and the remarks made about them. */
function endpoints(instances: ConsulInstance[], weights: Parameters<typeof endpointsOf>[1] = BY_CONSUL) {
  const remarks: string[] = [];
  const list = endpointsOf(instances, weights, (kind, message) => remarks.push(`${kind}: ${message}`));
  return { list, remarks };
}

describe('the endpoints of Consul instances', () => {
  it('have their address as id, also of IPv6 and without a port', () => {
    const { list } = endpoints([
      instance('a', '10.0.0.1', 80),
      instance('b', '::1', 80),
      instance('c', 'host', undefined),
    ]);
    assert.deepEqual(
      list.map(({ id, host, port }) => [id, host, port]),
      [
        ['10.0.0.1:80', '10.0.0.1', 80],
        ['[::1]:80', '::1', 80],
        ['host', 'host', undefined],
      ],
    );
  });

  it('are the same in the same order, however Consul orders its list', () => {
    const some = fc.record({
      id: fc.string({ minLength: 1, maxLength: 3 }),
      host: fc.constantFrom('h1', 'h2', '::1'),
      port: fc.option(fc.integer({ min: 1, max: 5 }), { nil: undefined }),
      tags: fc.constant([]),
      meta: fc.constant({}),
      weight: fc.integer({ min: 1, max: 9 }),
    });
    const lists = fc
      .uniqueArray(some, { selector: ({ id }) => id })
      .chain((list) => fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })));
    fc.assert(
      fc.property(lists, ([list, shuffled]) => {
        const { list: result, remarks } = endpoints(list);
        assert.deepEqual(endpoints(shuffled).list, result);
        assert.equal(new Set(result.map(({ id }) => id)).size, result.length);
        assert.equal(result.length + remarks.length, list.length);
      }),
    );
  });

  it('take the weight from the metadata only when it is a positive integer', () => {
    const weights = { metaKey: 'w', defaultWeight: 200 };
    for (const [text, expected] of [
      ['1', 1],
      ['500', 500],
      ['007', 7],
      ['0', undefined],
      ['-1', undefined],
      ['1.5', undefined],
      ['', undefined],
      [' 5', undefined],
      ['0x10', undefined],
      ['1e2', undefined],
      ['９', undefined],
      ['9007199254740993', undefined],
    ] as const) {
      const { list, remarks } = endpoints([instance('a', 'h', 1, { meta: { w: text } })], weights);
      assert.equal(list[0]?.weight, expected ?? 200, text);
      assert.equal(remarks.length, expected === undefined ? 1 : 0, text);
    }
  });

  it('leave the weight to the cluster where an old Consul names none', () => {
    const [entry] = readInstances(
      JSON.stringify([
        {
          Node: { Address: '10.0.0.9' },
          Service: { ID: 'a', Address: '', Port: 0, Tags: null, Meta: null },
        },
      ]),
    );
    assert.deepEqual(entry, instance('a', '10.0.0.9', undefined, { weight: undefined }));
  });
});
