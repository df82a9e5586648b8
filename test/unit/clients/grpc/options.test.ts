import assert from 'node:assert/strict';
import { Client, credentials } from '@grpc/grpc-js';
import { resolveGrpcOptions } from '../../../../lib/clients/grpc/grpc-options.js';
import { type GrpcPoolOptions, grpcPool } from '../../../../lib/clients/grpc/index.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';
import { tlsFixture } from '../../../support/tls.js';

const address = 'greeter.example:50051';
const key = '-----BEGIN PRIVATE KEY-----';

/** Options that must be refused, with the name of the one to blame. */
const refused: [option: string, options: Record<string, unknown>][] = [
  ['address', {}],
  ['address', { address: '' }],
  ['address', { address: 50_051 }],
  ['address', { address: 'dns://no-ip/name' }],
  ['address', { address: 'bad scheme://x' }],
  ['address', { address: 'http://greeter.example:50051' }],
  ['address', { address: 'greeter.example:50051 ' }],
  ['adress', { address, adress: 'x' }],
  ['credentials', { address, credentials: {} }],
  ['credentials', { address, credentials: 'insecure' }],
  ['tls', { address, credentials: credentials.createInsecure(), tls: {} }],
  ['tls', { address, tls: true }],
  ['caa', { address, tls: { caa: 'x' } }],
  ['ca', { address, tls: { ca: '' } }],
  ['ca', { address, tls: { ca: 7 } }],
  ['key', { address, tls: { cert: 'x' } }],
  ['cert', { address, tls: { key } }],
  ['tls', { address, tls: { ca: 'x', cert: 'not PEM', key } }],
  ['serverName', { address, tls: { serverName: '' } }],
  ['skipVerify', { address, tls: { skipVerify: 'yes' } }],
  ['channelOptions', { address, channelOptions: 5 }],
  ['channelOptions.foo', { address, channelOptions: { foo: 1 } }],
  ['channelOptions.interceptor', { address, channelOptions: { interceptor: [] } }],
  ['channelOptions.channelOverride', { address, channelOptions: { channelOverride: {} } }],
  [
    'channelOptions.channelFactoryOverride',
    { address, channelOptions: { channelFactoryOverride: () => {} } },
  ],
  [
    'channelOptions.grpc.use_local_subchannel_pool',
    { address, channelOptions: { 'grpc.use_local_subchannel_pool': 0 } },
  ],
  ['requestTimeoutMs', { address, requestTimeoutMs: 0 }],
  ['requestTimeoutMs', { address, requestTimeoutMs: '5' }],
  ['health', { address, health: false }],
  ['health', { address, health: 'my.Service' }],
  ['service', { address, health: {} }],
  ['service', { address, health: { service: '' } }],
  ['name', { address, health: { name: 'x' } }],
  ['streamsPerConnection', { address, streamsPerConnection: 0 }],
  ['streamsPerConnection', { address, streamsPerConnection: Infinity }],
  ['pool', { address, pool: 5 }],
  ['pool.dial', { address, pool: { dial: () => {} } }],
  ['pool.heartbeat', { address, pool: { heartbeat: () => {} } }],
  ['maxActive', { address, pool: { maxActive: 0 } }],
];

describe('options of grpcPool', () => {
  for (const [option, options] of refused) {
    it(`are refused by name: '${option}' in ${describeOptions(options)}`, () => {
      assert.throws(
        () => grpcPool(Client, options as unknown as GrpcPoolOptions<Client>),
        (error) => error instanceof InvalidOptionError && error.option === option,
      );
    });
  }

  for (const notAClass of [undefined, {}, () => {}, class Other {}]) {
    it(`are refused without a generated client class: ${String(notAClass)}`, () => {
      assert.throws(
        () => grpcPool(notAClass as never, { address }),
        (error) => error instanceof InvalidOptionError && error.option === 'ClientCtor',
      );
    });
  }

  it('take every kind of address that grpc-js resolves', () => {
    for (const good of [
      'localhost:1',
      '[::1]:1',
      'dns:///name:1',
      'ipv4:127.0.0.1:1',
      'unix:/tmp/some.sock',
      'name',
    ]) {
      assert.equal(resolveGrpcOptions({ address: good }).address, good);
    }
  });

  it('keep connections apart and alive by default, and let channelOptions decide otherwise', () => {
    const { clientOptions } = resolveGrpcOptions({ address, tls: { serverName: 'other' } });
    assert.equal(clientOptions['grpc.use_local_subchannel_pool'], 1);
    assert.equal(clientOptions['grpc.keepalive_time_ms'], 300_000);
    assert.equal(clientOptions['grpc.keepalive_timeout_ms'], 10_000);
    assert.equal(clientOptions['grpc.client_idle_timeout_ms'], 2 ** 31 - 1);
    assert.equal(clientOptions['grpc.ssl_target_name_override'], 'other');
    const channelOptions = { 'grpc.keepalive_time_ms': 20_000, 'grpc.primary_user_agent': 'mine' };
    const told = resolveGrpcOptions({ address, channelOptions }).clientOptions;
    assert.equal(told['grpc.keepalive_time_ms'], 20_000);
    assert.equal(told['grpc.primary_user_agent'], 'mine');
    assert.equal(told['grpc.use_local_subchannel_pool'], 1);
  });

  it('leave the objects they were given alone', () => {
    const channelOptions = Object.freeze({ 'grpc.keepalive_time_ms': 20_000 });
    const options = Object.freeze({ address, channelOptions, pool: Object.freeze({ maxActive: 3 }) });
    resolveGrpcOptions(options);
    assert.deepEqual(channelOptions, { 'grpc.keepalive_time_ms': 20_000 });
  });

  it('take certificates as text and as bytes', async () => {
    const tls = await tlsFixture();
    const { cert, key } = tls.client;
    for (const as of [String, Buffer.from] as const) {
      const resolved = resolveGrpcOptions({ address, tls: { ca: as(tls.ca), cert: as(cert), key: as(key) } });
      assert.equal(resolved.credentials._isSecure(), true);
    }
    assert.equal(resolveGrpcOptions({ address }).credentials._isSecure(), false);
  });
});

function describeOptions(options: Record<string, unknown>): string {
  return JSON.stringify(options, (_, value) => (typeof value === 'function' ? 'a function' : value)) ?? '';
}
