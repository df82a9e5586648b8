import type { ItemRepositoryPool } from './golden/abstract-class.js';
import type { CachePool } from './golden/generics.js';
import type { TestbedClientPool } from './golden/grpc.js';
import type { StoreClientPool } from './golden/interface.js';
import type { QueryClientPool } from './golden/overloads.js';
import type { EchoPool } from './golden/thrift.js';

/** Never run: the type checker looks at it, here and in types.test.ts. */
export function misuse(
  store: StoreClientPool,
  query: QueryClientPool,
  items: ItemRepositoryPool,
  cache: CachePool<'a'>,
  echo: EchoPool,
  grpc: TestbedClientPool,
): unknown[] {
  return [
    // @ts-expect-error an argument of another type
    store.getItemByID(1),
    // @ts-expect-error an argument too few
    store.getItemByID(),
    // @ts-expect-error an argument too many
    store.count(1),
    // @ts-expect-error no such method
    store.getItemById('a'),
    // @ts-expect-error a promise, not a number
    store.count() + 1,
    // @ts-expect-error a field is not wrapped
    store.address,
    // @ts-expect-error no overload takes a number
    query.query(1),
    // @ts-expect-error an inherited method, with the base's type argument
    items.bySize('big'),
    // @ts-expect-error a key that the type argument does not allow
    cache.get('b'),
    // @ts-expect-error of Thrift
    echo.Echo(1),
    // @ts-expect-error of gRPC
    grpc.echo({ test: 'x' }),
    // @ts-expect-error an option that a cluster does not have
    new StoreClientPoolClass({ balancr: 'random' }),
    // @ts-expect-error a client of another type
    store.addClient({ getItemByID: () => 1 }, { id: 'a' }),
  ];
}
declare const StoreClientPoolClass: typeof StoreClientPool;
