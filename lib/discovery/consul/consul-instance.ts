import { ConsulError } from './consul-error.js';

/** An instance of a service, as Consul lists it. */
export interface ConsulInstance {
  readonly id: string;
  readonly host: string;
  /** Undefined: the service was registered without one. */
  readonly port: number | undefined;
  readonly tags: readonly string[];
  readonly meta: Readonly<Record<string, string>>;
  /** Consul's own weight of an instance whose checks pass. */
  readonly weight: number | undefined;
}

/** What `/v1/health/service` lists, as far as it is used here. */
interface HealthEntry {
  readonly Node: { readonly Address: string };
  readonly Service: {
    readonly ID: string;
    readonly Address: string;
    readonly Port: number;
    readonly Tags: readonly string[] | null;
    readonly Meta: Readonly<Record<string, string>> | null;
    readonly Weights?: { readonly Passing: number };
  };
}

/**
 * Reads the answer of `/v1/health/service`.
 * @throws ConsulError when it is something else
 */
export function readInstances(text: string): ConsulInstance[] {
  const list = parse(text);
  if (!Array.isArray(list) || !list.every(isEntry)) {
    throw new ConsulError('Consul answered with something that is no list of service instances');
  }
  return list.map(({ Node, Service }) => ({
    id: Service.ID,
    host: Service.Address === '' ? Node.Address : Service.Address,
    port: Service.Port === 0 ? undefined : Service.Port,
    tags: Service.Tags ?? [],
    meta: Service.Meta ?? {},
    weight: Service.Weights?.Passing,
  }));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConsulError('Consul answered with something that is no JSON', { cause });
  }
}

function isEntry(entry: unknown): entry is HealthEntry {
  const { Node, Service } = (entry ?? {}) as Partial<HealthEntry>;
  return (
    typeof Node?.Address === 'string' &&
    typeof Service?.ID === 'string' &&
    typeof Service.Address === 'string' &&
    typeof Service.Port === 'number'
  );
}
