import type { Limiter } from 'connpool';
import { Redis } from 'ioredis';
import { RateLimiterRedis } from 'rate-limiter-flexible';

export interface RedisLimiter extends Limiter {
  close(): void;
}

/**
 * A limit of 2,000 calls a second for all processes that use the same Redis.
 * @throws Error when Redis cannot be reached
 */
export async function redisLimiter(url: string): Promise<RedisLimiter> {
  const storeClient = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1 });
  let lastError: Error | undefined;
  storeClient.on('error', (error) => {
    lastError = error; // whoever is refused a token because of it is told
  });
  try {
    await storeClient.connect();
  } catch (error) {
    storeClient.disconnect();
    throw new Error(`cannot reach Redis: ${(lastError ?? (error as Error)).message}`, { cause: error });
  }
  const shared = new RateLimiterRedis({ storeClient, keyPrefix: 'weather', points: 2_000, duration: 1 });
  return {
    async take() {
      try {
        await shared.consume('calls');
        return 0;
      } catch (refused) {
        if (refused instanceof Error) throw refused;
        return Math.max(1, (refused as { msBeforeNext: number }).msBeforeNext);
      }
    },
    close: () => storeClient.disconnect(),
  };
}
