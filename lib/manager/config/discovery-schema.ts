import { z } from 'zod';
import { field, fieldNotes, flag, integer, interval, oneOf, path, text, texts } from './fields.js';
import { ENDPOINT_ALLOWED, endpointSchema } from './static-endpoint.js';
import { tlsSchema } from './tls-schema.js';

const ENDPOINTS_ALLOWED = `a list of endpoints, each ${ENDPOINT_ALLOWED}`;

const DISCOVERY_ALLOWED = 'an object whose type is static, file, dns, consul or etcd';

/** Where the endpoints of a service come from. */
export const discoverySchema = z
  .discriminatedUnion(
    'type',
    [
      z.strictObject({
        type: z.literal('static'),
        endpoints: z
          .array(endpointSchema, { error: `must be ${ENDPOINTS_ALLOWED}` })
          .min(1, { error: 'must name an endpoint' })
          .register(fieldNotes, { allowed: ENDPOINTS_ALLOWED, description: 'Where the servers are' }),
      }),
      z.strictObject({
        type: z.literal('file'),
        path: path('A YAML or JSON file with a list of endpoints'),
      }),
      z.strictObject({
        type: z.literal('dns'),
        hostname: field<string>(
          'a host name',
          'The name to look up',
          (v) => typeof v === 'string' && /^[^\s:/@]+$/.test(v),
        ),
        record: oneOf(['A', 'AAAA', 'SRV'], 'The type of record').default('A'),
        port: integer(1, 'The port of every endpoint; SRV records bring their own', 65_535).optional(),
        resolver: text(
          "The DNS server to ask, an IP address or 'address:port'; the system's when left out",
        ).optional(),
        refresh: interval('Shortest time between two lookups').default(10_000),
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
        hosts: texts("The members, each 'host:port' or a URL", 1),
        prefix: text('The prefix of the keys that hold endpoints'),
        username: text('The user').optional(),
        password: text("The user's password").optional(),
        tls: tlsSchema.optional(),
      }),
    ],
    {
      error: ({ code }) => ((code as string) === 'invalid_type' ? `must be ${DISCOVERY_ALLOWED}` : undefined),
    },
  )
  .register(fieldNotes, { allowed: DISCOVERY_ALLOWED, description: 'Who tells where the servers are' });
