import type { ClientConfig } from '@zilliz/milvus2-sdk-node';
import { flagRule, type OptionRule, textRule } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import { checkOptionsHiding } from './secrets.js';

/** TLS, with the names of the SDK. Certificates and keys are PEM, given as such or as the path of a file. */
export interface MilvusTlsOptions {
  /** Certificates of the authorities to trust. @default those that Node.js trusts */
  readonly rootCert?: string | Buffer | undefined;
  /** A file with those. */
  readonly rootCertPath?: string | undefined;
  /** The client's certificate, for mutual TLS; with a key. */
  readonly certChain?: string | Buffer | undefined;
  /** A file with that. */
  readonly certChainPath?: string | undefined;
  /** The key of the client's certificate. */
  readonly privateKey?: string | Buffer | undefined;
  /** A file with that. */
  readonly privateKeyPath?: string | undefined;
  /** What grpc-js takes as verify options, such as `checkServerIdentity`; only with mutual TLS. */
  readonly verifyOptions?: Record<string, unknown> | undefined;
  /** The name to ask for and to find in the server's certificate. @default the host of the address */
  readonly serverName?: string | undefined;
  /** Take any certificate: encrypted, but with whom is unknown. Not for production. @default false */
  readonly skipCertCheck?: boolean | undefined;
}

const pemRule: OptionRule = {
  allowed: 'PEM, as a non-empty string or Buffer',
  accepts: (v) => (typeof v === 'string' || Buffer.isBuffer(v)) && v.length > 0,
};

const RULES: Readonly<Record<keyof MilvusTlsOptions, OptionRule>> = {
  rootCert: pemRule,
  rootCertPath: textRule,
  certChain: pemRule,
  certChainPath: textRule,
  privateKey: pemRule,
  privateKeyPath: textRule,
  verifyOptions: {
    allowed: "an object of grpc-js's verify options",
    accepts: (v) => typeof v === 'object' && v !== null,
  },
  serverName: textRule,
  skipCertCheck: flagRule,
};
const SECRETS: ReadonlySet<string> = new Set(['privateKey']);

const given = '(given)';

/**
 * Checks TLS options, also for what the SDK would leave out without a word.
 * @throws InvalidOptionError
 */
export function checkTls(tls: unknown): asserts tls is MilvusTlsOptions {
  checkOptionsHiding('tls', tls, RULES, SECRETS);
  const o = tls as MilvusTlsOptions;
  oneOf(o, 'rootCert', 'rootCertPath');
  oneOf(o, 'certChain', 'certChainPath');
  oneOf(o, 'privateKey', 'privateKeyPath');
  const [root, chain, key] = [
    o.rootCert ?? o.rootCertPath,
    o.certChain ?? o.certChainPath,
    o.privateKey ?? o.privateKeyPath,
  ];
  if (key !== undefined && chain === undefined)
    refuse('certChain', undefined, 'given together with privateKey');
  if (chain !== undefined && key === undefined)
    refuse('privateKey', undefined, 'given together with certChain');
  if (o.verifyOptions !== undefined && key === undefined) {
    refuse(
      'verifyOptions',
      given,
      'left out without privateKey: the SDK passes them on only with mutual TLS',
    );
  }
  if (o.skipCertCheck === true && (root ?? key) !== undefined) {
    refuse('skipCertCheck', true, 'left out with certificates or keys: the SDK would use none of them');
  }
}

function oneOf(tls: MilvusTlsOptions, pem: keyof MilvusTlsOptions, path: keyof MilvusTlsOptions): void {
  if (tls[pem] !== undefined && tls[path] !== undefined) refuse(path, given, `left out when ${pem} is given`);
}

function refuse(option: keyof MilvusTlsOptions, value: unknown, allowed: string): never {
  throw new InvalidOptionError(`tls.${option}`, value, allowed);
}

/** TLS options as the SDK takes them. */
export function sdkTls(tls: MilvusTlsOptions): NonNullable<ClientConfig['tls']> {
  const { rootCert, certChain, privateKey, ...others } = tls;
  const buffers = { rootCert, certChain, privateKey };
  const entries = [
    ...Object.entries(others),
    ...Object.entries(buffers).map(([name, pem]) => [name, pem === undefined ? pem : Buffer.from(pem)]),
  ];
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}
