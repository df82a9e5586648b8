import { z } from 'zod';
import { balancerNames } from '../../cluster/balancers/balancer-by-name.js';
import { discoverySchema } from './discovery-schema.js';
import { duration, flag, integer, interval, name, oneOf, orFalse, share, text, texts } from './fields.js';
import { tlsSchema } from './tls-schema.js';

const MINUTE_MS = 60_000;

const poolSchema = z.strictObject({
  initialSize: integer(0, 'Connections to each endpoint that are kept ready').default(5),
  maxActive: integer(1, 'Connections to each endpoint at once').default(50),
  maxIdle: integer(0, 'Idle connections kept per endpoint; maxActive when left out').optional(),
  maxWaiting: integer(
    0,
    'Calls that may wait for a connection of one endpoint; any number when left out',
  ).optional(),
  waitTimeout: duration('Longest wait for a connection; 0 = no limit').default(30_000),
  connectTimeout: interval('Longest attempt to connect').default(5_000),
  connectRetries: integer(0, 'Further attempts after a failed one').default(1),
  idleTimeout: duration('Idle connections are closed after this; 0 = never').default(30 * MINUTE_MS),
  maxConnectionAge: duration('Connections are replaced at this age; 0 = never').default(60 * MINUTE_MS),
  // Longer ones are no delays of timers any more, and grpc-js sets its own.
  keepalive: interval('gRPC: pause between pings while calls wait; TCP: between keepalives', '24d').default(
    30_000,
  ),
  heartbeatInterval: duration('Connections unused for longer are checked; 0 = before every use').default(
    60_000,
  ),
});

const breakerSchema = z.strictObject({
  maxFails: integer(1, 'Failures in a row that open the breaker').default(3),
  cooldown: duration('How long it stays open').default(5_000),
});

const outlierSchema = z.strictObject({
  consecutiveFailures: integer(1, 'Failures in a row that eject an endpoint').default(5),
  interval: interval('How often ejected endpoints are looked at').default(10_000),
  baseEjection: interval('Length of a first ejection').default(30_000),
  maxEjection: interval('Longest ejection').default(300_000),
  maxEjected: share('Most endpoints ejected at once').default(0.1),
});

const healthSchema = z.strictObject({
  interval: interval("Pause between an endpoint's checks").default(30_000),
  timeout: interval('Longest check').default(5_000),
  failsToMarkDown: integer(1, 'Failed checks in a row that take an endpoint out').default(1),
  passesToMarkUp: integer(1, 'Passed checks in a row that bring it back').default(1),
  service: name(
    "gRPC: the service to ask the server's `grpc.health.v1` for, '' = the server as a whole; the connection is checked when left out",
  ).optional(),
});

const clientSchema = z.strictObject(
  {
    module: text('The module of the generated client, relative to the config file'),
    export: text('Its export that is the client or service; `default`, or else the module itself').optional(),
    heartbeat: text('Thrift: a method without arguments that proves a connection').optional(),
  },
  { error: 'must be an object with a module' },
);

/** One service: where its servers are and how to treat them. */
export const serviceSchema = z.strictObject(
  {
    protocol: oneOf(['grpc', 'thrift', 'tcp'], 'What the servers speak').default('grpc'),
    discovery: discoverySchema,
    pool: poolSchema.prefault({}),
    balancer: oneOf(balancerNames, 'How an endpoint is chosen for a call').default('weightedRoundRobin'),
    breaker: orFalse(breakerSchema).prefault({}),
    outlier: orFalse(outlierSchema).default(false),
    panicThreshold: share('Below this share of healthy endpoints, health is ignored').default(0),
    slowStart: duration('Time over which a new endpoint grows into its share; 0 = at once').default(0),
    health: orFalse(healthSchema).prefault({}),
    tls: orFalse(tlsSchema).default(false),
    client: clientSchema.optional(),
    requestTimeout: interval('gRPC and Thrift: longest call').default(30_000),
    streamsPerConnection: integer(
      1,
      'gRPC: calls that share one connection; exclusive when left out',
    ).optional(),
    transport: oneOf(['buffered', 'framed'], 'Thrift: how messages are packed').optional(),
    wireProtocol: oneOf(['binary', 'compact', 'json'], 'Thrift: how messages are written').optional(),
  },
  { error: 'must be an object with discovery' },
);

const adminSchema = z.strictObject({
  host: text('The address to listen on').default('127.0.0.1'),
  port: integer(0, 'The port to listen on; 0 = any free one', 65_535).default(9090),
  metricsPath: text('Where the metrics are').default('/metrics'),
  token: text('Bearer token that every request must bring').optional(),
  allowInsecure: flag('Whether other machines may read without a token').default(false),
  allowedHosts: texts('Names that requests may call this server by, besides its address').optional(),
});

/** A whole config. */
export const configSchema = z.strictObject({
  services: z.record(z.string(), serviceSchema, { error: 'must be an object of services by their names' }),
  admin: orFalse(adminSchema).default(false),
  stopTimeout: duration('How long a stop waits for calls under way; 0 = not at all').default(30_000),
});

/** A config as it is used: defaults filled in, durations in ms. */
export type ManagerConfig = z.output<typeof configSchema>;
/** A config as it is written. */
export type ManagerConfigInput = z.input<typeof configSchema>;
/** One service of a {@link ManagerConfig}. */
export type ServiceConfig = ManagerConfig['services'][string];
/** The admin server of a {@link ManagerConfig}. */
export type AdminConfig = z.output<typeof adminSchema>;
