import {
  type ServerUnaryCall,
  type ServiceDefinition,
  type sendUnaryData,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { getGRPCService, LOADER_OPTIONS } from '@zilliz/milvus2-sdk-node';
import { Collections } from './collections.js';

/** How the stand-in behaves. */
export interface MilvusServiceOptions {
  /** `name:password`; undefined = nobody is asked who he is. */
  readonly user?: string | undefined;
  /** Takes calls and answers none but Connect. */
  readonly mute?: boolean;
}

type Fields = Record<string, unknown>;
type Handler = (request: Fields) => Fields;

const SUCCESS = { error_code: 'Success', code: 0, reason: '' };

/** The calls of Milvus that the examples and tests make; every other one is answered with UNIMPLEMENTED. */
export function milvusService({ user, mute = false }: MilvusServiceOptions): {
  definition: ServiceDefinition;
  handlers: UntypedServiceImplementation;
} {
  const { service } = getGRPCService(
    { serviceName: 'milvus.proto.milvus.MilvusService' } as never,
    LOADER_OPTIONS,
  );
  const collections = new Collections();
  const calls: Record<string, Handler> = {
    Connect: () => ({ status: SUCCESS, identifier: '1', server_info: { build_tags: 'stand-in' } }),
    CheckHealth: () => ({ status: SUCCESS, isHealthy: true, reasons: [] }),
    GetVersion: () => ({ status: SUCCESS, version: 'stand-in' }),
    CreateCollection: (request) => collections.create(request) ?? SUCCESS,
    DescribeCollection: (request) => collections.describe(request),
    DropCollection: (request) => collections.drop(request) ?? SUCCESS,
    ShowCollections: () => ({ status: SUCCESS, ...collections.list() }),
    CreateIndex: () => SUCCESS,
    LoadCollection: () => SUCCESS,
    GetLoadingProgress: () => ({ status: SUCCESS, progress: '100', refresh_progress: '100' }),
    Insert: (request) => collections.insert(request),
    Search: (request) => collections.search(request),
  };
  const handlers = Object.fromEntries(
    Object.entries(calls).map(([name, handle]) => [name, guarded(handle, user, mute && name !== 'Connect')]),
  );
  return { definition: service, handlers };
}

function guarded(handle: Handler, user: string | undefined, mute: boolean) {
  return (call: ServerUnaryCall<Fields, Fields>, done: sendUnaryData<Fields>): void => {
    if (mute) return;
    if (user !== undefined && !isUser(call, user)) {
      const details = 'auth check failure, please check username and password';
      done({ code: status.UNAUTHENTICATED, details });
      return;
    }
    try {
      done(null, handle(call.request));
    } catch (error) {
      done({ code: status.INTERNAL, details: String(error) });
    }
  };
}

function isUser(call: ServerUnaryCall<Fields, Fields>, user: string): boolean {
  return call.metadata.get('authorization').includes(Buffer.from(user).toString('base64'));
}
