/**
 * Pools of gRPC clients, exclusive or shared.
 *
 * @module connpool/grpc
 */
export type { GrpcTlsOptions } from './grpc-credentials.js';
export { GrpcConnectionError, isGrpcCallUnsent, isGrpcConnectionError } from './grpc-errors.js';
export type { GrpcChannelOptions, GrpcClientClass, GrpcPoolLimits, GrpcPoolOptions } from './grpc-options.js';
export { grpcPool } from './grpc-pool.js';
export type { StreamPool, StreamPoolStats } from './stream-pool.js';
export { type UnaryCallback, unary } from './unary.js';
