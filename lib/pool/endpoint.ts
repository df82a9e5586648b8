import { isObject, portRule, textRule } from './check-options.js';
import { InvalidOptionError } from './errors.js';

/** An address that calls can go to, as discovery or the user names it. */
export interface Endpoint {
  /** Names the endpoint within its cluster. The same id with other data is the same endpoint, changed. */
  readonly id: string;
  /** Host name or IP address. */
  readonly host?: string | undefined;
  /** TCP port. */
  readonly port?: number | undefined;
  /** Its share of the calls relative to the others, for balancers that weigh. Missing or not above 0 means 1. @default 1 */
  readonly weight?: number | undefined;
  /** Words the source of the endpoint attached to it. */
  readonly tags?: readonly string[] | undefined;
  /** Further data the source of the endpoint attached to it. */
  readonly meta?: Readonly<Record<string, string>> | undefined;
}

/**
 * Checks one endpoint. Fields that it does not know are data of the source's own and left alone.
 * @param path how the endpoint is called in the message, such as `endpoints[2]`
 * @throws InvalidOptionError
 */
export function validateEndpoint(value: unknown, path = 'endpoint'): asserts value is Endpoint {
  if (!isObject(value)) {
    throw new InvalidOptionError(path, value, 'an object with an id');
  }
  for (const [name, rule] of Object.entries(FIELD_RULES)) {
    const field = (value as Record<string, unknown>)[name];
    if (field === undefined ? name === 'id' : !rule.accepts(field)) {
      throw new InvalidOptionError(`${path}.${name}`, field, rule.allowed);
    }
  }
}

/** What a balancer weighs an endpoint with: missing or not above 0 means 1. */
export function weightOf(endpoint: Endpoint): number {
  const { weight } = endpoint;
  return weight !== undefined && weight > 0 ? weight : 1;
}

const isString = (v: unknown): v is string => typeof v === 'string';

const FIELD_RULES: {
  readonly [K in keyof Required<Endpoint>]: { allowed: string; accepts(v: unknown): boolean };
} = {
  id: textRule,
  host: textRule,
  port: portRule,
  weight: { allowed: 'a finite number', accepts: Number.isFinite },
  tags: { allowed: 'a list of strings', accepts: (v) => Array.isArray(v) && v.every(isString) },
  meta: {
    allowed: 'an object of strings',
    accepts: (v) => typeof v === 'object' && v !== null && Object.values(v).every(isString),
  },
};
