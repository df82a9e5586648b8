import { isIPv6 } from 'node:net';
import { z } from 'zod';
import { isObject } from '../../pool/check-options.js';
import type { Endpoint } from '../../pool/endpoint.js';
import { field, integer, text } from './fields.js';

/** An endpoint as a config writes it, when not as `host:port`. */
export interface StaticEndpoint {
  readonly id?: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly weight?: number | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly meta?: Readonly<Record<string, string>> | undefined;
}

export const ENDPOINT_ALLOWED =
  "'host:port' (with IPv6 '[::1]:port'), or an object with host and port, and perhaps id, weight, tags, meta";

const isString = (v: unknown): v is string => typeof v === 'string';
const isHost = (v: unknown) => isString(v) && (isIPv6(v) || /^[^\s:/@[\]]+$/.test(v));

const endpointObject = z.strictObject(
  {
    id: text('Names the endpoint in metrics and events; `host:port` when left out').optional(),
    host: field<string>('a host name or an IP address', 'A host name or an IP address', isHost),
    port: integer(1, 'The TCP port', 65_535),
    weight: field<number>(
      'a finite number',
      'Its share of the calls relative to the others; 1 when left out or not above 0',
      Number.isFinite,
    ).optional(),
    tags: field<readonly string[]>(
      'a list of strings',
      'Words for middleware and hooks',
      (v) => Array.isArray(v) && v.every(isString),
    ).optional(),
    meta: field<Readonly<Record<string, string>>>(
      'an object of strings',
      'Further data for middleware and hooks, by name',
      (v) => isObject(v) && Object.values(v).every(isString),
    ).optional(),
  },
  { error: `must be ${ENDPOINT_ALLOWED}` },
);

/** One entry of a static list, with its id. */
export const endpointSchema = z
  .preprocess((entry) => (isString(entry) ? takenApart(entry) : entry), endpointObject)
  .transform((endpoint): Endpoint => {
    const { host, port } = endpoint;
    return { ...endpoint, id: endpoint.id ?? (isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`) };
  }) as unknown as z.ZodType<Endpoint, string | StaticEndpoint>;

/** Of `host:port`; the text itself when it is not like that. */
function takenApart(text: string): unknown {
  const { six, host, port } =
    /^(?:\[(?<six>[^\]]*)\]|(?<host>[^\s:/@[\]]+)):(?<port>\d+)$/.exec(text)?.groups ?? {};
  if (port === undefined || (six !== undefined && !isIPv6(six))) return text;
  return { host: six ?? host, port: Number(port) };
}
