import assert from 'node:assert/strict';
import fc from 'fast-check';
import { Room, SharedConnection } from '../../../../lib/clients/grpc/shared-connection.js';

describe('the connections that have room', () => {
  it('are those added and not removed, in whatever order that happens', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.boolean(), fc.nat(5)), { maxLength: 40 }), (steps) => {
        const conns = Array.from({ length: 6 }, (_, i) => new SharedConnection({ id: i }));
        const room = new Room<{ id: number }>();
        const expected = new Set<SharedConnection<{ id: number }>>();
        for (const [adds, i] of steps) {
          const conn = conns[i]!;
          if (adds) room.add(conn);
          else room.remove(conn);
          if (adds) expected.add(conn);
          else expected.delete(conn);
        }
        const found = new Set<unknown>();
        for (let last = room.last; last !== undefined; last = room.last) {
          assert.ok(!found.has(last), 'it is there twice');
          found.add(last);
          room.remove(last);
        }
        assert.deepEqual(found, expected);
      }),
    );
  });

  it('are used last in, first out', () => {
    const [a, b] = [new SharedConnection('a'), new SharedConnection('b')];
    const room = new Room<string>();
    for (const conn of [a, b, a]) room.add(conn);
    assert.equal(room.last, b);
    room.remove(b);
    assert.equal(room.last, a);
  });
});
