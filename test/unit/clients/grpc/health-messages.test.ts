import assert from 'node:assert/strict';
import { loadPackageDefinition, type MethodDefinition } from '@grpc/grpc-js';
import { fromJSON } from '@grpc/proto-loader';
import fc from 'fast-check';
import { decodeHealthResponse, encodeHealthRequest } from '../../../../lib/clients/grpc/health-messages.js';

/** The messages of grpc.health.v1, for the code of protobufjs to compare with. */
const standard = loadPackageDefinition(
  fromJSON({
    nested: {
      Health: { methods: { Check: { requestType: 'Request', responseType: 'Response', comment: '' } } },
      Request: { fields: { service: { type: 'string', id: 1 } } },
      Response: { fields: { status: { type: 'int32', id: 1 } } },
      Larger: {
        fields: {
          note: { type: 'string', id: 2 },
          status: { type: 'int32', id: 1 },
          big: { type: 'fixed64', id: 300 },
          small: { type: 'float', id: 4 },
          count: { type: 'uint64', id: 5 },
        },
      },
      Newer: { methods: { Check: { requestType: 'Request', responseType: 'Larger', comment: '' } } },
    },
  }),
) as unknown as Record<
  'Health' | 'Newer',
  { service: { Check: MethodDefinition<{ service?: string }, object> } }
>;
const { requestDeserialize, responseSerialize } = standard.Health.service.Check;
const newer = standard.Newer.service.Check;

describe('the messages of a gRPC health check', () => {
  it('are understood by protobuf, whatever the name of the service', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (service) => {
        assert.equal(requestDeserialize(encodeHealthRequest(service)).service ?? '', service);
      }),
    );
  });

  it('ask for the server as a whole with no bytes at all', () => {
    assert.equal(encodeHealthRequest('').length, 0);
  });

  it('are read as protobuf writes them', () => {
    for (const status of [0, 1, 2, 3, 77, 127, 128, 300, 70_000, 2 ** 31 - 1]) {
      assert.equal(decodeHealthResponse(responseSerialize({ status })), status);
    }
    assert.equal(decodeHealthResponse(Buffer.alloc(0)), 0, 'protobuf leaves out a zero');
  });

  it('may have fields that nobody knows yet', () => {
    const bytes = newer.responseSerialize({
      note: 'x'.repeat(300),
      status: 1,
      big: 5,
      small: 1.5,
      count: 2 ** 40,
    });
    assert.equal(decodeHealthResponse(bytes), 1);
  });

  it('count their last status', () => {
    assert.equal(decodeHealthResponse(Buffer.from([8, 1, 8, 2])), 2);
  });

  for (const [what, bytes] of Object.entries({
    'ends within a number': [8, 0x80],
    'has a number of eleven bytes': [8, ...Array<number>(10).fill(0x80), 1],
    'ends within a field': [0x12, 5, 1],
    'ends within a fixed field': [0x1d, 1],
    'ends within a long fixed field': [0x19, 1, 2, 3],
    'has a type that protobuf does not know': [0x0f, 1],
    'lacks its value': [8],
  })) {
    it(`are refused when one ${what}`, () => {
      assert.throws(() => decodeHealthResponse(Buffer.from(bytes)), /no HealthCheckResponse/);
    });
  }

  it('give a number or a clear error, whatever the bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          assert.equal(typeof decodeHealthResponse(Buffer.from(bytes)), 'number');
        } catch (error) {
          assert.match(String(error), /no HealthCheckResponse/);
        }
      }),
    );
  });
});
