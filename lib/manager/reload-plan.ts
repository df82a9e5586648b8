import { isDeepStrictEqual } from 'node:util';
import type { ServiceConfig } from './config/schema.js';

/** What becomes of each service. */
export interface ReloadPlan {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Only limits and timings of their pools have changed. */
  readonly configured: readonly string[];
  /** More has changed: a new cluster takes over, the old one drains. */
  readonly replaced: readonly string[];
  readonly unchanged: readonly string[];
}

/** The services of a config. */
export type ServiceConfigs = Readonly<Record<string, ServiceConfig>>;

/**
 * Compares the services of two configs.
 * @param renewed services that are to be set up anew even if their config is the same
 */
export function planReload(
  from: ServiceConfigs,
  to: ServiceConfigs,
  renewed: ReadonlySet<string>,
): ReloadPlan {
  const [before, after] = [new Set(Object.keys(from)), new Set(Object.keys(to))];
  const kept = [...after].filter((name) => before.has(name));
  const change = (name: string) => (renewed.has(name) ? 'replaced' : changeOf(from[name]!, to[name]!));
  return {
    added: [...after].filter((name) => !before.has(name)),
    removed: [...before].filter((name) => !after.has(name)),
    configured: kept.filter((name) => change(name) === 'configured'),
    replaced: kept.filter((name) => change(name) === 'replaced'),
    unchanged: kept.filter((name) => change(name) === 'unchanged'),
  };
}

function changeOf(from: ServiceConfig, to: ServiceConfig): 'unchanged' | 'configured' | 'replaced' {
  if (isDeepStrictEqual(from, to)) return 'unchanged';
  // The keepalive is built into the connections, every other setting of the pool can be changed under them.
  const comparable = ({ pool, ...rest }: ServiceConfig) => ({ ...rest, keepalive: pool.keepalive });
  return isDeepStrictEqual(comparable(from), comparable(to)) ? 'configured' : 'replaced';
}
