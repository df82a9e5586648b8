import { generate } from 'selfsigned';

/** A private key and its certificate, both PEM. */
export interface KeyPair {
  readonly key: string;
  readonly cert: string;
}

/** What a certificate of a {@link CertificateAuthority} says. */
interface CertificateRequest {
  readonly commonName: string;
  /** DNS names the certificate is good for. @default [] */
  readonly dns?: readonly string[];
  /** IP addresses the certificate is good for. @default [] */
  readonly ips?: readonly string[];
  /** Whether it ran out yesterday. @default false */
  readonly expired?: boolean;
}

/** A certificate authority that lives as long as the test. */
export interface CertificateAuthority extends KeyPair {
  issue(request: CertificateRequest): Promise<KeyPair>;
}

/** Everything a TLS test needs; see {@link tlsFixture}. */
export interface TlsFixture {
  /** Certificate of the authority that signed all the others but {@link TlsFixture.stranger}. */
  readonly ca: string;
  /** Good for localhost, 127.0.0.1 and ::1. */
  readonly server: KeyPair;
  /** A client's, common name 'client'. */
  readonly client: KeyPair;
  /** Good for the same names as `server`, until yesterday. */
  readonly expired: KeyPair;
  /** Good for other.example only. */
  readonly wrongHost: KeyPair;
  /** Good for the same names as `server`, signed by an authority nobody knows. */
  readonly stranger: KeyPair;
}

const DAY_MS = 24 * 60 * 60 * 1_000;
const EC_KEY = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const;
const LOOPBACK = { dns: ['localhost'], ips: ['127.0.0.1', '::1'] };

/** Makes a certificate authority at run time: no key ever lies in the repository. */
export async function makeAuthority(commonName: string): Promise<CertificateAuthority> {
  const made = await generate([{ name: 'commonName', value: commonName }], {
    ...EC_KEY,
    notBeforeDate: new Date(Date.now() - 3 * DAY_MS),
    extensions: [
      { name: 'basicConstraints', cA: true, critical: true },
      { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
    ],
  });
  const authority = { key: made.private, cert: made.cert };
  return { ...authority, issue: (request) => issue(authority, request) };
}

async function issue(
  ca: KeyPair,
  { commonName, dns = [], ips = [], expired = false }: CertificateRequest,
): Promise<KeyPair> {
  const altNames = [
    ...dns.map((value) => ({ type: 2 as const, value })),
    ...ips.map((ip) => ({ type: 7 as const, ip })),
  ];
  const made = await generate([{ name: 'commonName', value: commonName }], {
    ...EC_KEY,
    ca,
    notBeforeDate: new Date(Date.now() - 2 * DAY_MS),
    notAfterDate: new Date(Date.now() + (expired ? -DAY_MS : DAY_MS)),
    extensions: [
      { name: 'basicConstraints', cA: false, critical: true },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: true },
      ...(altNames.length > 0 ? [{ name: 'subjectAltName' as const, altNames }] : []),
    ],
  });
  return { key: made.private, cert: made.cert };
}

let fixture: Promise<TlsFixture> | undefined;

/** The certificates of this process's tests, made when first asked for and the same ever after. */
export function tlsFixture(): Promise<TlsFixture> {
  fixture ??= makeFixture();
  return fixture;
}

async function makeFixture(): Promise<TlsFixture> {
  const [authority, unknown] = await Promise.all([
    makeAuthority('connpool test CA'),
    makeAuthority('connpool unknown CA'),
  ]);
  const [server, client, expired, wrongHost, stranger] = await Promise.all([
    authority.issue({ commonName: 'server', ...LOOPBACK }),
    authority.issue({ commonName: 'client' }),
    authority.issue({ commonName: 'expired', ...LOOPBACK, expired: true }),
    authority.issue({ commonName: 'other', dns: ['other.example'] }),
    unknown.issue({ commonName: 'stranger', ...LOOPBACK }),
  ]);
  return { ca: authority.cert, server, client, expired, wrongHost, stranger };
}
