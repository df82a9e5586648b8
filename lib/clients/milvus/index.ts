/**
 * Named Milvus clients.
 *
 * @module connpool/milvus
 */
export { MilvusConnectionError } from './milvus-errors.js';
export type { MilvusInnerPoolOptions, MilvusOptions } from './milvus-options.js';
export { type MilvusRegistry, milvusRegistry } from './milvus-registry.js';
export type { MilvusTlsOptions } from './milvus-tls.js';
