import type { ServiceEvent } from '../manager/manager-view.js';

/** Troubles that are told when they begin: in words, and the events that end them. */
const TROUBLES: Readonly<Record<string, { readonly words: string; readonly endedBy: readonly string[] }>> = {
  discoveryError: { words: 'discovery fails', endedBy: ['discoveryUpdate'] },
  prewarmError: { words: 'cannot be connected to', endedBy: ['nodeReady', 'nodeRemoved'] },
  healthCheckFailed: { words: 'fails its health check', endedBy: ['nodeMarkedUp', 'nodeRemoved'] },
  breakerOpen: { words: 'its breaker is open', endedBy: ['breakerClose', 'nodeRemoved'] },
  nodeEjected: { words: 'it is ejected', endedBy: ['nodeReadmitted', 'nodeRemoved'] },
};

/** What becomes of services as a whole. */
const TURNS: Readonly<Record<string, string>> = {
  serviceReady: 'is ready',
  serviceDown: 'is down',
  serviceReplacing: 'changes',
};

/**
 * The log of what happens to services: what goes wrong is told once, however often it is tried again, and once more
 * when it is over.
 */
export class ServiceLog {
  readonly #say: (line: string) => void;
  /** Troubles that go on, by service, event and node. */
  readonly #going = new Map<string, ServiceEvent>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  tell(event: ServiceEvent): void {
    const turn = TURNS[event.event];
    if (turn !== undefined) {
      this.#say(`${nameOf({ ...event, node: undefined })} ${turn}${detailOf(event)}`);
      return;
    }
    for (const [key, trouble] of this.#going) {
      const { words, endedBy } = TROUBLES[trouble.event]!;
      if (!endedBy.includes(event.event) || nameOf(trouble) !== nameOf(event)) continue;
      this.#going.delete(key);
      this.#say(`${nameOf(trouble)}: no more: ${words}`);
    }
    const trouble = TROUBLES[event.event];
    const key = `${event.event} ${nameOf(event)}`;
    if (trouble === undefined || this.#going.has(key)) return;
    this.#going.set(key, event);
    this.#say(`${nameOf(event)}: ${trouble.words}${detailOf(event)}`);
  }
}

function nameOf({ service, node }: ServiceEvent): string {
  return `service '${service}'${node === undefined ? '' : `, ${node}`}`;
}

function detailOf({ detail }: ServiceEvent): string {
  return detail === undefined ? '' : `: ${detail}`;
}
