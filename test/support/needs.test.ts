import assert from 'node:assert/strict';
import type { Context } from 'mocha';
import { needs, skipWithout } from './needs.js';

/** Asks for something without it, and tells how the test would end and what is printed. */
function without(isRequired: boolean, ask: (test: Context) => unknown): string {
  const printed: unknown[] = [];
  const { log } = console;
  const { PATH, CONNPOOL_REQUIRE_SERVERS } = process.env;
  process.env.PATH = '/nonexistent';
  process.env.CONNPOOL_REQUIRE_SERVERS = isRequired ? '1' : '';
  console.log = (text) => printed.push(text);
  try {
    ask({
      skip() {
        throw new Error('skips');
      },
    } as unknown as Context);
    return 'goes on';
  } catch (error) {
    return [...printed, (error as Error).message].join('\n');
  } finally {
    console.log = log;
    Object.assign(process.env, { PATH, CONNPOOL_REQUIRE_SERVERS });
    if (CONNPOOL_REQUIRE_SERVERS === undefined) delete process.env.CONNPOOL_REQUIRE_SERVERS;
  }
}

describe('tests that need what this machine may not have', () => {
  it('get the path of a program that is there', function () {
    assert.match(needs(this, 'bash'), /^\/.*\/bash$/);
  });

  it('are skipped with the reason, and with how to get the program', () => {
    assert.equal(
      without(false, (test) => needs(test, 'consul')),
      '    skipped: this needs the program consul, which is not installed (to get it: .ci/install-consul)\nskips',
    );
    assert.equal(
      without(false, (test) => skipWithout(test, 'peace')),
      '    skipped: this needs peace\nskips',
    );
  });

  it('fail where servers are required', () => {
    assert.equal(
      without(true, (test) => needs(test, 'etcd')),
      'required here: the program etcd, which is not installed (to get it: Debian: apt-get install etcd-server)',
    );
  });
});
