import type { Channel } from '@grpc/grpc-js';

/** A call as grpc-js's channels make it; its type has no name there. */
export type GrpcCall = ReturnType<Channel['createCall']>;
