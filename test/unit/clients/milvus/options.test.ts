import assert from 'node:assert/strict';
import { inspect } from 'node:util';
import { milvusRegistry } from '../../../../lib/clients/milvus/index.js';
import { resolveMilvusOptions } from '../../../../lib/clients/milvus/milvus-options.js';
import { InvalidOptionError } from '../../../../lib/pool/errors.js';

const address = 'milvus.example:19530';
const pem = '-----BEGIN hush-hush-----';
const resolve = (own: object, defaults: object = {}) => resolveMilvusOptions('main', defaults, own);

describe('options of Milvus clients', () => {
  const refused: Record<string, [object, RegExp]> = {
    'an unknown name': [{ adress: 'x' }, /'adress' must be left out.*did you mean 'address'/],
    'no address': [{}, /'address' must be host:port.*got undefined/],
    'an address without a port': [{ address: 'milvus' }, /'address' must be host:port/],
    'an address with a path': [{ address: 'http://milvus:19530/db' }, /'address'/],
    'half of the credentials': [
      { address, username: 'me' },
      /'password' must be given together with username/,
    ],
    'the other half': [{ address, password: 'x' }, /'username' must be given together with password/],
    'two kinds of credentials': [
      { address, token: 't', username: 'u', password: 'p' },
      /'token' must be left out/,
    ],
    'no time to connect': [{ address, connectTimeoutMs: 0 }, /'connectTimeoutMs' must be/],
    'a timeout that says nothing': [{ address, timeout: 'soon' }, /'timeout' must be/],
    'less than no retries': [{ address, maxRetries: -1 }, /'maxRetries' must be an integer from 0, got -1/],
    'plain text over https': [{ address: 'https://m:1', ssl: false }, /'ssl' must be left out/],
    'interceptors that the SDK would drop': [
      { address, channelOptions: { interceptors: [] } },
      /interceptors/,
    ],
    'a pool without sense': [{ address, pool: { min: 3, max: 2 } }, /'pool.min' must be at most pool.max/],
    'a pool option that nobody knows': [{ address, pool: { maximum: 2 } }, /'maximum'/],
    'a key without a certificate': [{ address, tls: { privateKey: pem } }, /'tls.certChain' must be given/],
    'a certificate without a key': [{ address, tls: { certChain: pem } }, /'tls.privateKey' must be given/],
    'text and file at once': [{ address, tls: { rootCert: pem, rootCertPath: 'f' } }, /'tls.rootCertPath'/],
    'verify options that do nothing': [{ address, tls: { verifyOptions: {} } }, /'tls.verifyOptions'/],
    'certificates that nobody checks': [
      { address, tls: { rootCert: pem, skipCertCheck: true } },
      /skipCertCheck/,
    ],
  };
  for (const [what, [options, why]] of Object.entries(refused)) {
    it(`refuse ${what}`, () => {
      assert.throws(
        () => resolve(options),
        (error) => error instanceof InvalidOptionError && why.test(error.message),
      );
    });
  }

  const secret: Record<string, unknown> = {
    'a token that is no string': { token: ['hush-hush'] },
    'a misspelt password': { pasword: 'hush-hush' },
    'a text instead of options': 'root:hush-hush',
    'an address with credentials': { address: 'http://root:hush-hush@milvus:19530' },
    'tls that is no object': { tls: 'hush-hush' },
    'a misspelt key': { tls: { key: 'hush-hush' } },
  };
  for (const [what, options] of Object.entries(secret)) {
    it(`show nothing of ${what}`, () => {
      assert.throws(
        () => milvusRegistry(options as never),
        (error) => error instanceof InvalidOptionError && !inspect(error, { depth: 9 }).includes('hush-hush'),
      );
    });
  }

  it('of a client override those of all, credentials and encryption as a whole', () => {
    const common = { address, token: 'all', database: 'a', tls: { rootCert: pem } };
    const { config } = resolve({ username: 'me', password: 'mine', database: undefined, ssl: false }, common);
    const { token, username, database, ssl, tls } = config;
    assert.deepEqual([token, username, database, ssl, tls], [undefined, 'me', 'a', false, undefined]);
  });

  it('turn encryption on when anything is said of it, and take text for PEM', () => {
    const { ssl, tls } = resolve({ address, tls: { rootCert: pem, serverName: 'other' } }).config;
    assert.deepEqual({ ssl, tls }, { ssl: true, tls: { rootCert: Buffer.from(pem), serverName: 'other' } });
  });

  it('let a call wait for its turn no longer than for its answer', () => {
    const waits = (timeout?: number | string) =>
      resolve({ address, timeout }).config.pool?.acquireTimeoutMillis;
    assert.deepEqual([waits(), waits(700), waits('2s')], [15_000, 700, 2_000]);
  });

  it('stay as they were given', () => {
    const options = Object.freeze({
      address,
      channelOptions: Object.freeze({ 'grpc.max_concurrent_streams': 5 }),
    });
    const { config } = resolve(options);
    assert.notEqual(config.channelOptions, options.channelOptions);
    assert.deepEqual(Object.keys(options), ['address', 'channelOptions']);
  });
});
