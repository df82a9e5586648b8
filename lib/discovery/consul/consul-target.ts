import type { ConnectionOptions } from 'node:tls';
import { isObject, type OptionRule, required, textRule } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import { secureContextOf } from '../secure-context.js';

/** What `tls.connect` takes, but for the address. */
export type ConsulTlsOptions = Omit<ConnectionOptions, 'host' | 'port' | 'path' | 'socket'>;

/** Options that say where Consul is and how to talk to it. */
export interface ConsulTargetOptions {
  /** A Consul agent or server: `host:port`, or a URL with `http:` or `https:` and perhaps a path before `/v1`. */
  address: string | URL;
  /** The ACL token. Sent with every request and shown nowhere. @default none: Consul's anonymous token */
  token?: string | undefined;
  /** TLS: true, or what `tls.connect` takes. @default what the address says; none for `host:port` */
  tls?: true | ConsulTlsOptions | undefined;
}

/** Where Consul is and how to talk to it, checked. */
export interface ConsulTarget {
  readonly host: string;
  readonly port: number;
  /** What stands before `/v1`; '' or a path without a slash at its end. */
  readonly basePath: string;
  readonly tls: ConsulTlsOptions | undefined;
  readonly token: string | undefined;
  /** The address, for messages. */
  readonly label: string;
}

/** Rules for {@link ConsulTargetOptions}, as far as one option alone can be judged. */
export const CONSUL_TARGET_RULES: Record<keyof ConsulTargetOptions, OptionRule> = {
  address: required({
    allowed: "'host:port', or an http or https URL",
    accepts: (v) => textRule.accepts(v) || v instanceof URL,
  }),
  token: textRule,
  tls: {
    allowed: 'true, or an object of options for tls.connect',
    accepts: (v) => v === true || isObject(v),
  },
};

/**
 * Checks what {@link CONSUL_TARGET_RULES} cannot, and takes the address apart.
 * @throws InvalidOptionError
 */
export function resolveConsulTarget({ address, token, tls }: ConsulTargetOptions): ConsulTarget {
  if (token !== undefined && !/^[\x21-\x7e]+$/.test(token)) {
    // A token is a secret, a mistyped one too: its value stays out of the message.
    throw new InvalidOptionError(
      'token',
      '...',
      'a string of visible ASCII characters, without spaces or line ends',
    );
  }
  const url = urlOf(address, tls !== undefined);
  if (tls !== undefined && url.protocol === 'http:') {
    throw new InvalidOptionError('tls', tls, 'left out when the address begins with http:');
  }
  const isTls = url.protocol === 'https:';
  if (typeof tls === 'object') secureContextOf(tls);
  return Object.freeze({
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port: Number(url.port) || (isTls ? 443 : 80),
    basePath: url.pathname.replace(/\/+$/, ''),
    tls: isTls ? (tls === undefined || tls === true ? {} : { ...tls }) : undefined,
    token,
    label: url.host,
  });
}

function urlOf(address: string | URL, isTls: boolean): URL {
  const url = address instanceof URL ? address : parse(address, isTls ? 'https' : 'http');
  if (url.username !== '' || url.password !== '') {
    throw new InvalidOptionError('address', url.host, 'without user and password');
  }
  if (!['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    throw new InvalidOptionError('address', url.href, "'host:port', or an http or https URL without a query");
  }
  return url;
}

function parse(address: string, scheme: string): URL {
  const isUrl = address.includes('://');
  const text = isUrl ? address : `${scheme}://${address}`;
  if (!URL.canParse(text) || !(isUrl || /^[^/?#]+:\d+$/.test(address))) {
    throw new InvalidOptionError('address', address, "'host:port', or an http or https URL");
  }
  return new URL(text);
}
