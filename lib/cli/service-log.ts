import type { ServiceEvent, ServiceEventName } from '../manager/manager-view.js';

interface Trouble {
  readonly words: string;
  /** The event that ends it, and what is said then. */
  readonly endedBy: ServiceEventName;
  readonly over: string;
}

/** Troubles that are told when they begin and when they are over. */
const TROUBLES: Readonly<Partial<Record<string, Trouble>>> = {
  discoveryError: { words: 'discovery fails', endedBy: 'discoveryUpdate', over: 'discovery works again' },
  prewarmError: { words: 'cannot be connected to', endedBy: 'nodeReady', over: 'takes calls' },
  healthCheckFailed: {
    words: 'fails its health check',
    endedBy: 'nodeMarkedUp',
    over: 'passes its health checks again',
  },
  breakerOpen: { words: 'its breaker has opened', endedBy: 'breakerClose', over: 'its breaker has closed' },
  nodeEjected: { words: 'is ejected', endedBy: 'nodeReadmitted', over: 'is readmitted' },
};

/** What becomes of services as a whole. */
const TURNS: Readonly<Record<string, string>> = {
  serviceReady: 'is ready',
  serviceDown: 'is down',
  serviceReplacing: 'changes',
};

/** What an endpoint, or a service, suffered from is over without a word. A service's endpoints leave one by one. */
const GONE: ReadonlySet<string> = new Set(['nodeRemoved', 'serviceRemoved']);

/**
 * The log of what happens to services: what goes wrong is told once, however often it is tried again, and once more
 * when it is over.
 */
export class ServiceLog {
  readonly #say: (line: string) => void;
  /** The events of troubles that go on, by what they are about. */
  readonly #going = new Map<string, Set<string>>();

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  tell(event: ServiceEvent): void {
    const turn = TURNS[event.event];
    if (turn !== undefined) {
      this.#say(`${nameOf({ ...event, node: undefined })} ${turn}${detailOf(event)}`);
      return;
    }
    const name = nameOf(event);
    const going = this.#going.get(name) ?? new Set();
    for (const begun of going) {
      const { endedBy, over } = TROUBLES[begun]!;
      if (event.event === endedBy && going.delete(begun)) this.#say(`${name}: ${over}`);
    }
    const trouble = TROUBLES[event.event];
    if (trouble !== undefined && !going.has(event.event)) {
      going.add(event.event);
      this.#say(`${name}: ${trouble.words}${detailOf(event)}`);
    }
    if (going.size === 0 || GONE.has(event.event)) this.#going.delete(name);
    else this.#going.set(name, going);
  }
}

function nameOf({ service, node }: ServiceEvent): string {
  return `service '${service}'${node === undefined ? '' : `, ${node}`}`;
}

function detailOf({ detail }: ServiceEvent): string {
  return detail === undefined ? '' : `: ${detail}`;
}
