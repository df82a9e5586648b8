import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rm, stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { dirname } from 'node:path';
import { BinaryServer, launch } from './binary-server.js';
import { recordHandles } from './handles.js';
import { needs } from './needs.js';
import { requireRedis } from './redis-server.js';
import { waitFor } from './wait-for.js';

/** A shell script for a server; it is ready when it says so. */
class Script extends BinaryServer {
  constructor(
    dir: string,
    private readonly script: string,
  ) {
    super(dir);
  }

  protected command(): string[] {
    return ['sh', '-c', this.script];
  }

  protected isReady(output: string): boolean {
    return output.includes('ready');
  }
}

async function isServing(path: string): Promise<boolean> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

describe('a real server of the tests', () => {
  it('is killed, started again and stopped, and leaves nothing', async function () {
    await null; // mocha starts the test's own timer when it has been given the promise
    needs(this, 'redis-server');
    const handles = recordHandles();
    const server = await requireRedis(this);
    assert.ok(await isServing(server.socket));
    await server.kill();
    assert.ok(!(await isServing(server.socket)));
    await server.restart();
    assert.ok(await isServing(server.socket));
    await server.stop();
    await server.kill();
    await assert.rejects(stat(dirname(server.socket)), /ENOENT/);
    await handles.assertNoneLeft();
  });

  it('that ends before it is ready fails the test with what it printed, after three attempts', async () => {
    let attempts = 0;
    const failure = launch(0, (dir) => {
      attempts++;
      return new Script(dir, 'echo no such thing; echo as this >&2; exit 7');
    });
    await assert.rejects(failure, (error: Error) => {
      assert.match(error.message, /^sh: it ended with 7\n/);
      assert.match(error.message, /no such thing\n/);
      assert.match(error.message, /as this\n/);
      return true;
    });
    assert.equal(attempts, 3);
  });

  it('dies with the tests, also when those are killed', async function () {
    needs(this, 'redis-server');
    const file = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const tests = `
      import { launch } from ${file('binary-server.ts')};
      import { RedisServer } from ${file('redis-server.ts')};
      const { socket } = await launch(0, (dir) => new RedisServer(dir));
      console.log(socket);`;
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', tests], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const socket = String((await once(child.stdout, 'data'))[0]).trim();
    try {
      assert.ok(await isServing(socket));
      child.kill('SIGKILL');
      await waitFor('Redis to be gone', async () => !(await isServing(socket)));
    } finally {
      child.kill('SIGKILL');
      await rm(dirname(socket), { recursive: true });
    }
  });
});
