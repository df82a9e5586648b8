import { type Endpoint, validateEndpoint } from '../pool/endpoint.js';
import { ConnPoolError, InvalidOptionError } from '../pool/errors.js';
import type { EmitClusterEvent } from './cluster-events.js';
import type { ClusterNode } from './cluster-node.js';
import type { DiscoverySink } from './discovery-follower.js';
import type { Membership } from './membership.js';
import type { Roster } from './roster.js';

/** What a cluster knows of its discovery, in figures. */
export interface DiscoveryCounters {
  /** Endpoints of the last list. */
  nodes: number;
  /** Lists taken. */
  updates: number;
  /** Failures of the source, entries and lists left out. */
  errors: number;
}

/** What a list did, as ids. */
interface Changes {
  readonly added: string[];
  readonly removed: string[];
  readonly changed: string[];
}

/**
 * Turns lists from discovery into nodes. A list takes away only nodes that discovery brought; entries that are
 * not valid are left out and take nothing away; an empty list counts only when that is allowed.
 */
export class DiscoveryIntake<TClient> implements DiscoverySink {
  readonly counters: DiscoveryCounters = { nodes: 0, updates: 0, errors: 0 };
  /** What failed last. */
  lastError: unknown = undefined;
  readonly #allowEmpty: boolean;
  readonly #roster: Roster<TClient>;
  readonly #membership: Membership<TClient>;
  readonly #emit: EmitClusterEvent<TClient>;

  constructor(
    allowEmpty: boolean,
    roster: Roster<TClient>,
    membership: Membership<TClient>,
    emit: EmitClusterEvent<TClient>,
  ) {
    this.#allowEmpty = allowEmpty;
    this.#roster = roster;
    this.#membership = membership;
    this.#emit = emit;
  }

  take(list: unknown): void {
    if (!Array.isArray(list)) {
      this.discoveryFailed(new InvalidOptionError('endpoints', list, 'a list of endpoints'));
    } else if (list.length === 0 && !this.#allowEmpty) {
      const what = this.counters.updates === 0 ? 'the first list is empty' : 'an empty list was ignored';
      this.discoveryFailed(new ConnPoolError('ERR_EMPTY_LIST', `discovery: ${what}`));
    } else {
      const { valid, mentioned } = this.#sift(list);
      if (valid.size > 0 || list.length === 0) this.#apply(valid, mentioned);
    }
  }

  discoveryFailed(error: unknown): void {
    this.counters.errors++;
    this.lastError = error;
    this.#emit('discoveryError', error);
  }

  /** Takes the valid entries; an entry that is not valid still says that its endpoint is there. */
  #sift(list: readonly unknown[]): { valid: Map<string, Endpoint>; mentioned: Set<unknown> } {
    const valid = new Map<string, Endpoint>();
    const mentioned = new Set<unknown>();
    for (const [i, entry] of list.entries()) {
      try {
        mentioned.add((entry as Partial<Endpoint> | null)?.id);
        validateEndpoint(entry, `endpoints[${i}]`);
        if (valid.has(entry.id)) {
          throw new InvalidOptionError(
            `endpoints[${i}].id`,
            entry.id,
            'the only one of its name in the list',
          );
        }
        valid.set(entry.id, entry);
      } catch (error) {
        this.discoveryFailed(error);
      }
    }
    return { valid, mentioned };
  }

  #apply(valid: ReadonlyMap<string, Endpoint>, mentioned: ReadonlySet<unknown>): void {
    this.counters.nodes = valid.size;
    this.counters.updates++;
    const changes: Changes = { added: [], removed: [], changed: [] };
    for (const node of [...this.#roster.members]) {
      if (node.origin === 'discovery' && !mentioned.has(node.id)) this.#remove(node, changes);
    }
    for (const endpoint of valid.values()) this.#place(endpoint, changes);
    this.#emit('discoveryUpdate', { endpoints: valid.size, ...changes });
    this.#membership.changed();
  }

  #place(endpoint: Endpoint, changes: Changes): void {
    const node = this.#roster.get(endpoint.id);
    if (node === undefined) {
      this.#add(endpoint, changes);
    } else if (node.origin === 'user') {
      this.discoveryFailed(
        new InvalidOptionError('id', endpoint.id, 'an id that was not added by hand as well'),
      );
    } else if (!isSameAddress(node.endpoint, endpoint)) {
      this.#remove(node, changes);
      this.#add(endpoint, changes);
    } else if (!isSameData(node.endpoint, endpoint)) {
      node.update(endpoint);
      this.#roster.touch();
      changes.changed.push(endpoint.id);
    }
  }

  #add(endpoint: Endpoint, changes: Changes): void {
    try {
      this.#membership.addEndpoint(endpoint, 'discovery');
      changes.added.push(endpoint.id);
    } catch (error) {
      this.discoveryFailed(error);
    }
  }

  #remove(node: ClusterNode<TClient>, changes: Changes): void {
    changes.removed.push(node.id);
    void this.#membership.leave(node);
  }
}

/** Another address needs other connections; everything else about an endpoint may change under those there are. */
function isSameAddress(a: Endpoint, b: Endpoint): boolean {
  return a.host === b.host && a.port === b.port;
}

function isSameData(a: Endpoint, b: Endpoint): boolean {
  return a.weight === b.weight && sameJson(a.tags, b.tags) && sameJson(a.meta, b.meta);
}

function sameJson(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
