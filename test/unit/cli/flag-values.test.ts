import assert from 'node:assert/strict';
import { json, seconds, wholeNumber, wholeNumbers } from '../../../lib/cli/flag-values.js';

describe('the values of flags', () => {
  it('are whole numbers within bounds', () => {
    const read = wholeNumber(1, 65_535);
    assert.equal(read('1'), 1);
    assert.equal(read('65535'), 65_535);
    for (const text of ['0', '65536', '1.5', '1e3', '-1', '', ' 7', '0x10', 'seven']) {
      assert.throws(() => read(text), /It must be a whole number from 1 to 65535\./, text);
    }
  });

  it('are seconds, or times with a unit, given as ms', () => {
    const read = seconds(0.5, 600);
    const times = { '0.5': 500, '600': 600_000, '5s': 5_000, '500ms': 500, '1.5m': 90_000, '10m': 600_000 };
    for (const [text, ms] of Object.entries(times)) assert.equal(read(text), ms, text);
    for (const text of ['0.4', '601', '', ' ', 'long', 'NaN', 'Infinity', '499ms', '11m', '1h', '-1', '5x']) {
      assert.throws(
        () => read(text),
        /It must be a number of seconds from 0\.5 to 600, or such a time with a unit: 500ms, 30s, 5m, 1h\./,
        text,
      );
    }
  });

  it('are lists of whole numbers, in ascending order and each once', () => {
    const read = wholeNumbers(1, 100);
    assert.deepEqual(read('16, 4,1,4'), [1, 4, 16]);
    for (const text of ['', '1,', '1;2', '0,1', '101']) {
      assert.throws(() => read(text), /It must be whole numbers from 1 to 100, such as 1,2,4,8\./, text);
    }
  });

  it('are JSON', () => {
    assert.deepEqual(json('[{"id":7}]'), [{ id: 7 }]);
    assert.throws(() => json('{id:7}'), /It must be JSON: /);
  });
});
