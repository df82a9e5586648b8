import { Client, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { askHealth } from '../../clients/grpc/ask-health.js';
import { isGrpcConnectionError } from '../../clients/grpc/grpc-errors.js';
import type { GrpcClientClass } from '../../clients/grpc/grpc-options.js';
import { grpcPool } from '../../clients/grpc/grpc-pool.js';
import { SERVING_STATUS } from '../../clients/grpc/health-messages.js';
import { StreamPool } from '../../clients/grpc/stream-pool.js';
import { unary } from '../../clients/grpc/unary.js';
import { describeError } from '../../pool/errors.js';
import { nearestName } from '../../pool/nearest-name.js';
import { CliError } from '../exit-codes.js';
import { checkRequest } from './check-request.js';
import { ProtoTypes } from './proto-types.js';
import { addressOf, type BenchTarget, type Endpoint } from './target.js';

/** A call of a gRPC service. */
export interface GrpcCall {
  /** A unary method, described by a proto file; undefined: `grpc.health.v1.Health/Check`. */
  readonly method:
    | { readonly proto: string; readonly service: string; readonly name: string; readonly data: object }
    | undefined;
  /** What the health check asks for; '' = the server as a whole. */
  readonly healthService: string;
  /** Calls that share one connection; undefined = exclusive. */
  readonly streamsPerConnection: number | undefined;
}

interface Caller {
  readonly label: string;
  readonly Client: GrpcClientClass<Client>;
  call(client: Client): Promise<unknown>;
}

/**
 * Loads the proto file, when there is one, and looks for the method.
 * @throws CliError
 */
export async function grpcTarget(endpoint: Endpoint, call: GrpcCall): Promise<BenchTarget> {
  const { streamsPerConnection } = call;
  const { host, tls, timeoutMs } = endpoint;
  const caller =
    call.method === undefined ? healthCaller(call.healthService) : await methodCaller(call.method);
  return {
    label: `gRPC ${caller.label} at ${addressOf(endpoint)}`,
    pool(maxActive) {
      const pool = grpcPool(caller.Client, {
        address: addressOf(endpoint),
        requestTimeoutMs: timeoutMs,
        ...(tls === undefined ? {} : { tls: { ...tls, serverName: tls.serverName ?? host } }),
        ...(streamsPerConnection === undefined ? {} : { streamsPerConnection }),
        pool: { name: 'bench', maxActive, waitTimeoutMs: timeoutMs },
      });
      return {
        call: () => pool.do((client) => caller.call(client)),
        isAnswer: (error) => !isGrpcConnectionError(error),
        warmUp: (count) => (pool instanceof StreamPool ? pool.connections : pool).warmUp(count),
        stats: () => pool.stats(),
        close: () => pool.close(),
      };
    },
  };
}

function healthCaller(service: string): Caller {
  return {
    label: `grpc.health.v1.Health/Check${service === '' ? '' : ` of ${service}`}`,
    Client,
    async call(client) {
      const status = await askHealth(client, service, {});
      if (status !== SERVING_STATUS.SERVING)
        throw new NotServingError(`the health service answers ${status}`);
    },
  };
}

class NotServingError extends Error {
  override readonly name = 'NotServingError';
}

type ServiceClass = GrpcClientClass<Client> & {
  readonly service: Readonly<
    Record<
      string,
      {
        readonly path: string;
        readonly requestStream: boolean;
        readonly responseStream: boolean;
        readonly requestType: { readonly fileDescriptorProtos: readonly Buffer[] };
      }
    >
  >;
};

async function methodCaller(call: NonNullable<GrpcCall['method']>): Promise<Caller> {
  const { service, name, data } = call;
  const { Service, method } = await lookUp(call);
  const types = await ProtoTypes.of(method);
  checkRequest(types, types.requestOf(service, name), data);
  type Unary = (
    request: object,
    done: (error: ServiceError | null, answer?: unknown) => void,
  ) => { cancel(): void };
  return {
    label: method.path.slice(1),
    Client: Service,
    call: (client) => unary((done) => (client as unknown as Record<string, Unary>)[name]!(data, done)),
  };
}

/** @throws CliError when there is no such method, or it streams */
async function lookUp({ proto, service, name }: NonNullable<GrpcCall['method']>) {
  const services = await servicesOf(proto);
  const Service = services.get(service);
  if (Service === undefined) {
    throw new CliError(
      `--service: ${proto} has no service '${service}' (${hint(service, [...services.keys()])})`,
    );
  }
  const method = Service.service[name];
  if (method === undefined) {
    throw new CliError(
      `--method: ${service} has no method '${name}' (${hint(name, Object.keys(Service.service))})`,
    );
  }
  if (method.requestStream || method.responseStream) {
    throw new CliError(`--method: '${name}' streams; bench makes calls with one request and one answer`);
  }
  return { Service, method };
}

function hint(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? `it has ${known.join(', ') || 'none'}` : `did you mean '${nearest}'?`;
}

/** Every service of a proto file and of what it imports, by its full name. */
async function servicesOf(proto: string): Promise<Map<string, ServiceClass>> {
  const { load } = await import('@grpc/proto-loader');
  const services = new Map<string, ServiceClass>();
  const collect = (scope: object, prefix: string) => {
    for (const [name, value] of Object.entries(scope)) {
      if (typeof value === 'function') services.set(`${prefix}${name}`, value as ServiceClass);
      else if (typeof value === 'object' && value !== null && !('format' in value)) {
        collect(value, `${prefix}${name}.`);
      }
    }
  };
  try {
    collect(loadPackageDefinition(await load(proto, { longs: String, enums: String })), '');
  } catch (error) {
    throw new CliError(`--proto: ${proto} cannot be read: ${describeError(error)}`);
  }
  return services;
}
