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
    for (const [key, begun] of this.#going) {
      const { endedBy, over } = TROUBLES[begun.event]!;
      const isOver = event.event === endedBy && nameOf(begun) === nameOf(event);
      if (isOver) this.#say(`${nameOf(event)}: ${over}`);
      if (isOver || isGone(begun, event)) this.#going.delete(key);
    }
    const trouble = TROUBLES[event.event];
    const key = `${event.event} ${nameOf(event)}`;
    if (trouble === undefined || this.#going.has(key)) return;
    this.#going.set(key, event);
    this.#say(`${nameOf(event)}: ${trouble.words}${detailOf(event)}`);
  }
}

/** Whether what a trouble is about is there no more. */
function isGone(begun: ServiceEvent, { event, service, node }: ServiceEvent): boolean {
  if (begun.service !== service) return false;
  return event === 'serviceRemoved' || (event === 'nodeRemoved' && begun.node === node);
}

function nameOf({ service, node }: ServiceEvent): string {
  return `service '${service}'${node === undefined ? '' : `, ${node}`}`;
}

function detailOf({ detail }: ServiceEvent): string {
  return detail === undefined ? '' : `: ${detail}`;
}
