import assert from 'node:assert/strict';
import {
  encodeCommand,
  RespError,
  RespReader,
  type RespValue,
} from '../../../examples/tcp-redis/resp-reader.js';

const replies: [string, RespValue][] = [
  ['+OK\r\n', 'OK'],
  [':-42\r\n', -42],
  ['$5\r\na\r\nbc\r\n', 'a\r\nbc'],
  ['$0\r\n\r\n', ''],
  ['$-1\r\n', null],
  ['*-1\r\n', null],
  ['*0\r\n', []],
  ['*3\r\n:1\r\n*2\r\n$1\r\na\r\n$-1\r\n+b\r\n', [1, ['a', null], 'b']],
  ['$3\r\n€\r\n', '€'],
];

describe('the RESP reader of the Redis example', () => {
  for (const [text, value] of replies) {
    it(`reads ${JSON.stringify(text)}, whole or byte by byte`, () => {
      assert.deepEqual(new RespReader().push(Buffer.from(text)), value);
      const reader = new RespReader();
      const bytes = [...Buffer.from(text)];
      for (const [i, byte] of bytes.entries()) {
        const read = reader.push(Buffer.from([byte]));
        assert.deepEqual(read, i === bytes.length - 1 ? value : undefined);
      }
    });
  }

  it('reads an error as a reply', () => {
    const reply = new RespReader().push(Buffer.from('-ERR unknown command\r\n'));
    assert.ok(reply instanceof RespError);
    assert.equal(reply.message, 'ERR unknown command');
  });

  it('refuses what is no reply, and what is more than one', () => {
    assert.throws(
      () => new RespReader().push(Buffer.from('HTTP/1.1 400\r\n')),
      /not a reply of Redis: "HTTP/,
    );
    assert.throws(() => new RespReader().push(Buffer.from('+OK\r\n+OK\r\n')), /more than one reply/);
  });

  it('writes commands that Redis takes, with lengths in bytes', () => {
    assert.equal(String(encodeCommand(['SET', 'ü', ''])), '*3\r\n$3\r\nSET\r\n$2\r\nü\r\n$0\r\n\r\n');
  });
});
