import assert from 'node:assert/strict';
import { colours } from '../../../lib/cli/colours.js';

describe('the colours of the command line', () => {
  const { NO_COLOR } = process.env;

  afterEach(() => {
    if (NO_COLOR === undefined) delete process.env.NO_COLOR;
    else process.env.NO_COLOR = NO_COLOR;
  });

  it('are for terminals', () => {
    delete process.env.NO_COLOR;
    const paint = colours({ isTTY: true });
    assert.equal(paint.good('fine'), '\u001b[32mfine\u001b[0m');
    assert.equal(paint.bad('bad'), '\u001b[31mbad\u001b[0m');
    assert.equal(paint.strong('much'), '\u001b[1mmuch\u001b[0m');
  });

  it('are left out of files and pipes', () => {
    delete process.env.NO_COLOR;
    assert.equal(colours({ isTTY: false }).good('fine'), 'fine');
  });

  it('are left out with NO_COLOR, unless it is empty', () => {
    process.env.NO_COLOR = '1';
    assert.equal(colours({ isTTY: true }).good('fine'), 'fine');
    process.env.NO_COLOR = '';
    assert.equal(colours({ isTTY: true }).good('fine'), '\u001b[32mfine\u001b[0m');
  });
});
