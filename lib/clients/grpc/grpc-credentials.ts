import { type ChannelCredentials, credentials } from '@grpc/grpc-js';
import { checkOptions, flagRule, type OptionRule, textRule } from '../../pool/check-options.js';
import { describeError, InvalidOptionError } from '../../pool/errors.js';

/** TLS to a gRPC server. Certificates and keys are PEM. */
export interface GrpcTlsOptions {
  /** Certificates of the authorities to trust. @default those that Node.js trusts */
  readonly ca?: string | Buffer | undefined;
  /** The client's certificate, for mutual TLS; with `key`. */
  readonly cert?: string | Buffer | undefined;
  /** The key of the client's certificate. */
  readonly key?: string | Buffer | undefined;
  /** The name to ask for and to find in the server's certificate. @default the host of the address */
  readonly serverName?: string | undefined;
  /** Take any certificate: encrypted, but with whom is unknown. Not for production. @default false */
  readonly skipVerify?: boolean | undefined;
}

const pemRule: OptionRule = {
  allowed: 'PEM, as a non-empty string or Buffer',
  accepts: (v) => (typeof v === 'string' || Buffer.isBuffer(v)) && v.length > 0,
};

const TLS_RULES: Readonly<Record<keyof GrpcTlsOptions, OptionRule>> = {
  ca: pemRule,
  cert: pemRule,
  key: pemRule,
  serverName: textRule,
  skipVerify: flagRule,
};

/**
 * The credentials of a channel: those given, those that `tls` says, or none.
 * @throws InvalidOptionError
 */
export function resolveCredentials(given: unknown, tls: GrpcTlsOptions | undefined): ChannelCredentials {
  if (given !== undefined) {
    if (tls !== undefined) throw new InvalidOptionError('tls', tls, 'left out when credentials are given');
    if (!isCredentials(given)) {
      throw new InvalidOptionError('credentials', given, 'channel credentials of @grpc/grpc-js');
    }
    return given;
  }
  if (tls === undefined) return credentials.createInsecure();
  checkOptions('tls', tls, TLS_RULES);
  const { ca, cert, key, skipVerify } = tls;
  if (cert === undefined && key !== undefined)
    throw new InvalidOptionError('cert', cert, 'given together with key');
  if (key === undefined && cert !== undefined)
    throw new InvalidOptionError('key', key, 'given together with cert');
  try {
    return credentials.createSsl(
      pem(ca),
      pem(key),
      pem(cert),
      skipVerify === true ? { rejectUnauthorized: false } : {},
    );
  } catch (error) {
    const why = describeError(error);
    throw new InvalidOptionError('tls', tls, `certificates and a key that fit together (${why})`);
  }
}

function pem(value: string | Buffer | undefined): Buffer | null {
  return value === undefined ? null : Buffer.from(value);
}

/** Not `instanceof`: its class is not exported under the name of its type alone. */
function isCredentials(value: unknown): value is ChannelCredentials {
  return typeof (value as Partial<ChannelCredentials> | null)?._isSecure === 'function';
}
