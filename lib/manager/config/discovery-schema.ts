import { z } from 'zod';
import { duration, flag, integer, oneOf, path, text, texts } from './fields.js';
import { tlsSchema } from './tls-schema.js';

const endpoint = z.custom<string | Record<string, unknown>>(
  (v) =>
    typeof v === 'string' ? /^.+:\d+$/.test(v) : typeof v === 'object' && v !== null && !Array.isArray(v),
  { error: "must be 'host:port' or an object of id, host, port, weight, tags and meta" },
);

const refresh = duration('How often to look again, where the source does not tell of changes itself').default(
  10_000,
);

/** Where the endpoints of a service come from. */
export const discoverySchema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('static'),
    endpoints: z
      .array(endpoint, { error: 'must be a list of endpoints' })
      .min(1, { error: 'must name an endpoint' }),
  }),
  z.strictObject({
    type: z.literal('file'),
    path: path('A YAML or JSON file with a list of endpoints'),
  }),
  z.strictObject({
    type: z.literal('dns'),
    hostname: text('The name to look up'),
    record: oneOf(['A', 'AAAA', 'SRV'], 'The type of record').default('A'),
    port: integer(1, 'The port of every endpoint; SRV records bring their own', 65_535).optional(),
    resolver: text(
      "The DNS server to ask, an IP address or 'address:port'; the system's when left out",
    ).optional(),
    refresh,
  }),
  z.strictObject({
    type: z.literal('consul'),
    address: text("The agent, 'host:port' or a URL").default('127.0.0.1:8500'),
    service: text("The service's name in Consul"),
    tags: texts('Tags that an instance must all have').optional(),
    datacenter: text("The datacenter; the agent's own when left out").optional(),
    token: text('An ACL token').optional(),
    allowStale: flag('Whether any server may answer, not only the leader').optional(),
    weightMetaKey: text('The key of the service metadata that holds the weight').optional(),
    defaultWeight: integer(1, 'The weight of an instance whose metadata has none').optional(),
    tls: tlsSchema.optional(),
  }),
  z.strictObject({
    type: z.literal('etcd'),
    hosts: texts("The members, each 'host:port' or a URL"),
    prefix: text('The prefix of the keys that hold endpoints'),
    username: text('The user').optional(),
    password: text("The user's password").optional(),
    tls: tlsSchema.optional(),
  }),
]);
