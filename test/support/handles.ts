import { type Deadline, waitFor } from './wait-for.js';

/** What was open when {@link recordHandles} was called. */
export interface RecordedHandles {
  /**
   * Waits until nothing is open that was not open before: sockets, servers, timers, child processes.
   * @throws Error naming what is left when the time is up
   */
  assertNoneLeft(deadline?: Deadline): Promise<void>;
}

/** Notes the open handles of this process, to see later what a test left behind. */
export function recordHandles(): RecordedHandles {
  const before = countHandles();
  return {
    async assertNoneLeft(deadline) {
      let left: string[] = [];
      const nothingLeft = () => {
        left = handlesBeyond(before);
        return left.length === 0;
      };
      try {
        await waitFor('no handle left', nothingLeft, deadline);
      } catch {
        throw new Error(`handles left open: ${left.join(', ')}`);
      }
    },
  };
}

function countHandles(): Map<string, number> {
  const counts = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

function handlesBeyond(before: Map<string, number>): string[] {
  return [...countHandles()]
    .map(([kind, count]) => [kind, count - (before.get(kind) ?? 0)] as const)
    .filter(([, extra]) => extra > 0)
    .map(([kind, extra]) => `${extra} ${kind}`);
}
