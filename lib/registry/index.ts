export { ClientRegistry, type ClientRegistryOptions } from './client-registry.js';
export { ClientExistsError, ClientNotFoundError } from './errors.js';
