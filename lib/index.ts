/**
 * Pools, clusters, balancers, middleware, discovery and named clients.
 *
 * @module connpool
 */
export * from './cluster/balancers/index.js';
export * from './cluster/index.js';
export * from './discovery/index.js';
export * from './middleware/index.js';
export type { Endpoint } from './pool/endpoint.js';
export * from './pool/index.js';
export type { Node } from './pool/node.js';
export { type SharedClientOptions, sharedClient } from './pool/shared-client.js';
export * from './registry/index.js';
