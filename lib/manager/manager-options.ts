import type { Middleware } from '../middleware/middleware.js';
import { checkOptions, functionRule, type OptionRule, objectRule } from '../pool/check-options.js';
import type { ManagerConfigInput } from './config/schema.js';

/** Options of a `PoolManager`. */
export interface PoolManagerOptions {
  /** Generated clients (gRPC) and services (Thrift) by the name of their service; they win over the config's `client`. */
  clients?: Readonly<Record<string, unknown>> | undefined;
  /** Middleware of the calls by the name of their service, the outermost first; it outlives every reload. */
  middleware?: Readonly<Record<string, readonly Middleware<never>[]>> | undefined;
  /** What `${NAME}` in the config is looked up in. @default process.env */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Changes every config that is read before it is checked: what flags of a command say wins over its file. */
  adjust?: ((config: ManagerConfigInput) => ManagerConfigInput) | undefined;
}

const anObject = objectRule('an object');
const RULES: Record<keyof PoolManagerOptions, OptionRule> = {
  clients: anObject,
  middleware: anObject,
  env: anObject,
  adjust: functionRule,
};

/** @throws InvalidOptionError */
export function checkManagerOptions(options: PoolManagerOptions): void {
  checkOptions('options', options, RULES);
}
