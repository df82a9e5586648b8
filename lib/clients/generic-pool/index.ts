/**
 * The API of the package generic-pool on this engine.
 *
 * @module connpool/generic-pool
 */
export * from './api.js';
// Code that imports generic-pool as a whole (`import genericPool from ...`) goes on doing so.
export * as default from './api.js';
