import assert from 'node:assert/strict';
import { hexBytes, textBytes } from '../../../lib/cli/bench/payload.js';

describe('the payload of connpool bench', () => {
  it('is text, with escapes for what is hard to type', () => {
    assert.deepEqual(textBytes('PING\\r\\n'), Buffer.from('PING\r\n'));
    assert.deepEqual(textBytes('a\\tb\\0c\\\\n'), Buffer.from('a\tb\0c\\n'));
    assert.deepEqual(textBytes('\\x00\\xfFé'), Buffer.from([0x00, 0xff, 0xc3, 0xa9]));
  });

  it('may go over several lines', () => {
    assert.deepEqual(textBytes('one\ntwo\\n'), Buffer.from('one\ntwo\n'));
  });

  for (const text of ['a\\q', 'a\\x1', 'a\\']) {
    it(`refuses ${JSON.stringify(text)}: no such escape`, () => {
      assert.throws(() => textBytes(text), /but knows only \\n, \\r, \\t, \\0, \\\\ and \\xHH/);
    });
  }

  it('is bytes in hexadecimal, with or without blanks', () => {
    assert.deepEqual(hexBytes('50494e47 0D0a'), Buffer.from('PING\r\n'));
  });

  for (const text of ['5', '5g', '0x50', '5 0 4']) {
    it(`refuses '${text}': not hexadecimal`, () => {
      assert.throws(() => hexBytes(text), /must be bytes in hexadecimal, such as/);
    });
  }

  it('has at least one byte', () => {
    assert.throws(() => textBytes(''), /at least one byte/);
    assert.throws(() => hexBytes(' '), /at least one byte/);
  });
});
