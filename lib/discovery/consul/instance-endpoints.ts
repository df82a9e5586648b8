import type { Endpoint } from '../../pool/endpoint.js';
import type { ConsulInstance } from './consul-instance.js';

/** Where an endpoint's weight comes from. */
export interface WeightRule {
  /** The key of the service's metadata that holds the weight; undefined: Consul's own weight counts. */
  readonly metaKey: string | undefined;
  /** The weight of an instance whose metadata has none that is a positive integer. */
  readonly defaultWeight: number;
}

/** Told of what is odd but usable; `kind` groups remarks that say the same of different instances. */
export type Remark = (kind: 'weight' | 'duplicate', message: string) => void;

/**
 * The endpoints of a list of instances, in the order of their ids. An endpoint's id is its address: whatever else
 * changes about an instance, its registration included, its connections stay good.
 */
export function endpointsOf(
  instances: readonly ConsulInstance[],
  weights: WeightRule,
  remark: Remark,
): Endpoint[] {
  const endpoints = new Map<string, Endpoint>();
  // The order of Consul's list means nothing: of two with one address always the same one is to count.
  for (const instance of [...instances].sort((a, b) => compare(a.id, b.id))) {
    const id = addressOf(instance);
    if (endpoints.has(id)) {
      remark(
        'duplicate',
        `instance '${instance.id}' has the address ${id} that another one has too; they count as one`,
      );
      continue;
    }
    const { host, port, tags, meta } = instance;
    endpoints.set(id, { id, host, port, weight: weightOf(instance, weights, remark), tags, meta });
  }
  return [...endpoints.values()].sort((a, b) => compare(a.id, b.id));
}

function addressOf({ host, port }: ConsulInstance): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === undefined ? name : `${name}:${port}`;
}

function weightOf(instance: ConsulInstance, { metaKey, defaultWeight }: WeightRule, remark: Remark) {
  if (metaKey === undefined) return instance.weight;
  const text = instance.meta[metaKey];
  const weight = Number(text);
  if (text !== undefined && /^\d+$/.test(text) && weight > 0 && Number.isSafeInteger(weight)) return weight;
  const what =
    text === undefined ? `no '${metaKey}'` : `'${metaKey}' = '${text}', which is no positive integer,`;
  remark('weight', `instance '${instance.id}' has ${what} in its metadata; its weight is ${defaultWeight}`);
  return defaultWeight;
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
