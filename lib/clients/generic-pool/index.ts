export * from './api.js';
// Code that imports generic-pool as a whole (`import genericPool from ...`) goes on doing so.
export * as default from './api.js';
