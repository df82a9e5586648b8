import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { recordHandles } from './handles.js';
import { TcpServer } from './tcp-server.js';

const SHORT = { timeoutMs: 20 };

describe('the handle check', () => {
  it('names a timer that was left running, and is content when it is cleared', async () => {
    await null; // mocha starts the test's own timer when it has been given the promise
    const handles = recordHandles();
    const timer = setTimeout(() => {}, 60_000);
    await assert.rejects(handles.assertNoneLeft(SHORT), /handles left open: 1 Timeout/);
    clearTimeout(timer);
    await handles.assertNoneLeft();
  });

  it('names sockets and servers that were left open, and waits for those that are closing', async () => {
    await null;
    const handles = recordHandles();
    const server = await TcpServer.start();
    const socket = connect(server.port, server.host);
    await once(socket, 'connect');
    await assert.rejects(
      handles.assertNoneLeft(SHORT),
      /TCPServerWrap.*TCPSocketWrap|TCPSocketWrap.*TCPServerWrap/,
    );
    socket.destroy();
    void server.close();
    await handles.assertNoneLeft();
  });

  it('names a child process that was left running', async () => {
    await null;
    const handles = recordHandles();
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
    await assert.rejects(handles.assertNoneLeft(SHORT), /ProcessWrap/);
    child.kill('SIGKILL');
    await handles.assertNoneLeft();
  });

  it('leaves alone what was open before', async () => {
    const timer = setTimeout(() => {}, 60_000);
    const handles = recordHandles();
    await handles.assertNoneLeft();
    clearTimeout(timer);
  });
});
