import { methodsOf } from '../../clients/thrift/guarded-client.js';
import { isThriftConnectionError } from '../../clients/thrift/thrift-errors.js';
import { clientClassOf } from '../../clients/thrift/thrift-options.js';
import { thriftPool } from '../../clients/thrift/thrift-pool.js';
import { loadClient } from '../../manager/load-client.js';
import { describeError } from '../../pool/errors.js';
import { nearestName } from '../../pool/nearest-name.js';
import { CliError } from '../exit-codes.js';
import { addressOf, type BenchTarget, type Endpoint, socketTlsOf } from './target.js';

/** A call of a Thrift service. */
export interface ThriftCall {
  /** The module that the Thrift compiler generated. */
  readonly module: string;
  readonly export: string | undefined;
  readonly method: string;
  readonly args: readonly unknown[];
  readonly transport: 'buffered' | 'framed';
  readonly protocol: 'binary' | 'compact' | 'json';
  /** The name of the service on a server that multiplexes several. */
  readonly serviceName: string | undefined;
}

type AnyClient = Record<string, (...args: unknown[]) => unknown>;

/**
 * Loads the generated code and looks for the method.
 * @throws CliError
 */
export async function thriftTarget(endpoint: Endpoint, call: ThriftCall): Promise<BenchTarget> {
  const { method, args, transport, protocol, serviceName } = call;
  const service = await serviceOf(call);
  checkMethod(service, method);
  return {
    label: `Thrift ${method} at ${addressOf(endpoint)}`,
    pool(maxActive) {
      const pool = thriftPool<AnyClient>(service as never, {
        host: endpoint.host,
        port: endpoint.port,
        tls: socketTlsOf(endpoint),
        transport,
        protocol,
        serviceName,
        requestTimeoutMs: endpoint.timeoutMs,
        pool: { name: 'bench', maxActive, waitTimeoutMs: endpoint.timeoutMs },
      });
      return {
        call: () => pool.do((client) => client[method]?.(...args)),
        isAnswer: (error) => !isThriftConnectionError(error),
        warmUp: (count) => pool.warmUp(count),
        stats: () => pool.stats(),
        close: () => pool.close(),
      };
    },
  };
}

async function serviceOf({ module, export: name }: ThriftCall): Promise<unknown> {
  try {
    return await loadClient({ module, ...(name === undefined ? {} : { export: name }) }, process.cwd());
  } catch (error) {
    throw new CliError(`--client: ${describeError(error)}`);
  }
}

function checkMethod(service: unknown, method: string): void {
  let known: string[];
  try {
    known = methodsOf(clientClassOf(service));
  } catch {
    throw new CliError(
      '--client must be a service that the Thrift compiler generated (thrift --gen js:node,es6); --export picks one',
    );
  }
  if (known.includes(method)) return;
  const nearest = nearestName(method, known);
  const hint = nearest === undefined ? `it has ${known.join(', ')}` : `did you mean '${nearest}'?`;
  throw new CliError(`--method: the service has no method '${method}' (${hint})`);
}
