import { StreamPool } from '../../../../lib/clients/grpc/stream-pool.js';
import type { ConnPoolOptions } from '../../../../lib/pool/options.js';
import type { Transport } from '../../../../lib/pool/transport.js';
import { type FakeClient, FakeEndpoint, microtasks, useFakeTime } from '../../pool/support/fake-endpoint.js';

type Options = Partial<ConnPoolOptions<FakeClient>> & { streams?: number };

/** A stream pool on an endpoint in memory. */
export interface FakeStreams {
  readonly endpoint: FakeEndpoint;
  readonly pool: StreamPool<FakeClient>;
  /** Tells the pool that a client's connection has failed by itself. */
  lose(client: FakeClient): void;
}

/** Fake time, and a maker of stream pools that are closed after the test. */
export function useStreams() {
  const time = useFakeTime();
  const made: FakeStreams[] = [];
  afterEach(async () => {
    const closed = made.splice(0).map(({ pool, endpoint }) => {
      endpoint.otherwise.close = 'ok';
      return pool.close({ timeoutMs: 0 });
    });
    await time.clock.tickAsync(60_000);
    await Promise.all(closed);
  });
  const make = ({ streams = 2, ...options }: Options = {}): FakeStreams => {
    const endpoint = new FakeEndpoint();
    let lost: (client: FakeClient) => void = () => {};
    const pool = new StreamPool<FakeClient>(streams, (hooks) => {
      ({ lost } = hooks);
      return {
        dialRetryCount: 0,
        ...options,
        dial: endpoint.dial,
        close: (client, ctx) => hooks.drained(client, async () => void (await endpoint.close(client, ctx))),
      };
    });
    const fake = {
      endpoint,
      pool,
      lose(client: FakeClient) {
        endpoint.dials[client.id - 1]?.markBroken(new Error('lost'));
        lost(client);
      },
    };
    made.push(fake);
    return fake;
  };
  return { make, time };
}

/** Takes shares one after the other. */
export async function take(pool: StreamPool<FakeClient>, count: number): Promise<Transport<FakeClient>[]> {
  const loans: Transport<FakeClient>[] = [];
  for (let i = 0; i < count; i++) loans.push(await pool.get());
  return loans;
}

/** Which connections some loans are of. */
export function idsOf(loans: readonly Transport<FakeClient>[]): number[] {
  return loans.map(({ client }) => client.id);
}

/** Notes the order in which promises are fulfilled, by name. */
export function inOrder(): { readonly order: string[]; note(name: string, promise: Promise<unknown>): void } {
  const order: string[] = [];
  return {
    order,
    note(name, promise) {
      promise.then(
        () => order.push(name),
        () => order.push(`${name} failed`),
      );
    },
  };
}

export { microtasks };
