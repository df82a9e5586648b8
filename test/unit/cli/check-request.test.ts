import assert from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { load, type MethodDefinition } from '@grpc/proto-loader';
import { checkRequest } from '../../../lib/cli/bench/check-request.js';
import { ProtoTypes } from '../../../lib/cli/bench/proto-types.js';

const PROTO = fileURLToPath(new URL('order.proto', import.meta.url));
const WHOLE_ORDER = {
  customerId: 'c1',
  count: -1,
  limit: 4_294_967_295,
  balance: '-9223372036854775808',
  number: 7,
  price: 'NaN',
  paid: false,
  seal: 'aGk=',
  colour: 'BLUE',
  state: 1,
  items: [{ name: 'a', detail: { sizes: [1, 2] } }],
  gifts: { 'to you': { name: 'b' } },
  flags: { '-3': true },
  card: '4711',
  at: { seconds: '1', nanos: 2 },
  extra: { '@type': 'type.example/shop.v1.Order', count: 2 },
  parent: { parent: { customerId: 'c2' } },
  priority: 1,
  rank: 2,
  others: [{ total: 3 }],
};

describe('the request of a bench', () => {
  let types: ProtoTypes;
  let method: MethodDefinition<object, object>;

  before(async () => {
    const definitions = await load(PROTO, { longs: String, enums: String });
    method = (definitions['shop.v1.Orders'] as unknown as Record<string, typeof method>).Place!;
    types = await ProtoTypes.of(method);
  });

  const check = (data: object) => checkRequest(types, types.requestOf('shop.v1.Orders', 'Place'), data);

  /** What is told of the data, without the first line, which says of what message it is told. */
  function problemsOf(data: object): string[] {
    try {
      check(data);
      return [];
    } catch (error) {
      const { message, exitCode } = error as { message: string; exitCode: number };
      assert.equal(exitCode, 2);
      const [first, ...rest] = message.split('\n  ');
      assert.equal(first, '--data is no shop.v1.Order:');
      return rest;
    }
  }

  it('is taken when every field is one of its message, null being as good as nothing', () => {
    check(WHOLE_ORDER);
    check({});
    check(Object.fromEntries(Object.keys(WHOLE_ORDER).map((name) => [name, null])));
    assert.ok(method.requestSerialize(WHOLE_ORDER).length > 0);
  });

  it('is refused with a field that its message has not, at any depth, and told which it has', () => {
    const item = 'shop.v1.Order.Item has no such field';
    assert.deepEqual(
      problemsOf({
        items: [{}, { nam: 'x', detail: { width: 1 } }],
        gifts: { a: { colour: 'RED' } },
        others: [{ name: 'x' }],
        parent: { at: { nano: 1 } },
      }),
      [
        `items[1].nam: ${item} (did you mean 'name'? it has name, detail)`,
        'items[1].detail.width: shop.v1.Order.Item.Detail has no such field (it has sizes)',
        `gifts.a.colour: ${item} (it has name, detail)`,
        'others[0].name: shop.v1.Order.Gifts has no such field (it has total)',
        "parent.at.nano: google.protobuf.Timestamp has no such field (did you mean 'nanos'? it has seconds, nanos)",
      ],
    );
    const [told] = problemsOf({ customer_id: 'c1' });
    assert.match(told!, /^customer_id: .* \(did you mean 'customerId'\? it has customerId, count, limit, /);
    assert.match(problemsOf(JSON.parse('{"__proto__": 1}'))[0]!, /^__proto__: shop\.v1\.Order has no such/);
  });

  const int32 = 'must be a whole number from -2147483648 to 2147483647';
  const int64 =
    'must be a whole number from -9223372036854775808 to 9223372036854775807, beyond 2^53 in quotes';
  const wrong: [data: object, told: string][] = [
    [{ count: 'abc' }, `count: ${int32}, got 'abc' (string)`],
    [{ count: '7' }, `count: ${int32}, got '7' (string)`],
    [{ count: 1.5 }, `count: ${int32}, got 1.5 (number)`],
    [{ count: 2 ** 31 }, `count: ${int32}, got 2147483648 (number)`],
    [{ limit: -1 }, 'limit: must be a whole number from 0 to 4294967295, got -1 (number)'],
    [{ balance: 'x' }, `balance: ${int64}, got 'x' (string)`],
    [{ balance: '9223372036854775808' }, `balance: ${int64}, got '9223372036854775808' (string)`],
    [{ balance: 1e30 }, `balance: ${int64}, got 1e+30 (number)`],
    [{ price: '1' }, "price: must be a number, 'NaN', 'Infinity' or '-Infinity', got '1' (string)"],
    [{ paid: 'false' }, "paid: must be true or false, got 'false' (string)"],
    [{ customerId: 5 }, 'customerId: must be a string, got 5 (number)'],
    [{ seal: '@@' }, "seal: must be a string in Base64, got '@@' (string)"],
    [{ colour: 'GREEN' }, "colour: must be one of RED, BLUE, or its number, got 'GREEN' (string)"],
    [{ state: true }, 'state: must be one of OPEN, DONE, or its number, got true (boolean)'],
    [{ items: {} }, 'items: must be an array, got an object'],
    [{ items: [null] }, 'items[0]: must be an object (shop.v1.Order.Item), got null'],
    [{ gifts: [] }, 'gifts: must be an object (a map), got an array'],
    [{ flags: { a: true } }, `flags: must be a map, each key ${int32.slice(8)}, got 'a' (string)`],
    [{ flags: { 1: 1 } }, 'flags.1: must be true or false, got 1 (number)'],
    [{ parent: [] }, 'parent: must be an object (shop.v1.Order), got an array'],
    [{ card: '1', invoice: '2' }, "invoice: excludes 'card', of a oneof only one can be set"],
    [{ extra: { '@type': 'shop.v1.Order', count: '1' } }, `extra.count: ${int32}, got '1' (string)`],
    [
      { extra: { '@type': 'shop.v1.Odrer' } },
      "extra.@type: must be a message of the proto file or of what it imports, got 'shop.v1.Odrer' (string)",
    ],
  ];
  for (const [data, told] of wrong) {
    it(`is refused as ${JSON.stringify(data)}`, () => assert.deepEqual(problemsOf(data), [told]));
  }
});
