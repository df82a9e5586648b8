import type { Middleware } from '../middleware/middleware.js';
import { now } from '../pool/clock.js';
import type { CallObserver, RunObserver, ServiceView } from './manager-view.js';

/** Who is told of a service's calls. */
interface Observers {
  readonly callObservers: ReadonlySet<CallObserver>;
  readonly runObservers: ReadonlySet<RunObserver>;
}

/** Middleware that tells of a service's calls, to stand outermost, and of each of their attempts, to stand innermost. */
export function tellCalls(
  service: string,
  protocol: ServiceView['protocol'],
  { callObservers, runObservers }: Observers,
): { readonly calls: Middleware; readonly runs: Middleware } {
  return {
    calls: async (_call, next) => {
      if (callObservers.size === 0) return next();
      const startedAt = now();
      let failure: { error: unknown } | undefined;
      try {
        return await next();
      } catch (error) {
        failure = { error };
        throw error;
      } finally {
        for (const observe of callObservers) observe(service, now() - startedAt, failure);
      }
    },
    runs: async (call, next) => {
      if (runObservers.size === 0) return next();
      const startedAt = now();
      try {
        return await next();
      } finally {
        // Without a client it never came to a connection.
        if (call.client !== undefined) {
          const run = { service, protocol, node: call.node.id, ms: now() - startedAt };
          for (const observe of runObservers) observe(run);
        }
      }
    },
  };
}
