import type { Socket } from 'node:net';

/** What a caller of a raw socket finds out by itself: the stream ended, or no answer came in its time. */
class CallError extends Error {
  constructor(readonly code: 'END' | 'SILENCE' | 'WRONG ANSWER') {
    super(code);
    this.name = 'CallError';
  }
}

/**
 * Sends a message to an echo server and gives as many bytes as it has, right or wrong: what a careful user of a
 * raw socket does.
 * @throws CallError, or the socket's own error
 */
export async function ask(socket: Socket, message: string, timeoutMs: number): Promise<string> {
  let stop = () => {};
  try {
    return await new Promise<string>((resolve, reject) => {
      let text = '';
      const onData = (chunk: Buffer) => {
        text += chunk.toString('latin1');
        if (text.length >= message.length) resolve(text);
      };
      const onEnd = () => reject(new CallError('END'));
      const timer = setTimeout(() => reject(new CallError('SILENCE')), timeoutMs);
      stop = () => {
        clearTimeout(timer);
        socket.off('data', onData).off('error', reject).off('end', onEnd).off('close', onEnd);
      };
      socket.on('data', onData).on('error', reject).on('end', onEnd).on('close', onEnd);
      socket.write(message);
    });
  } finally {
    stop();
  }
}

/**
 * {@link ask} that refuses a wrong answer: a heartbeat.
 * @throws CallError, or the socket's own error
 */
export async function checkedAsk(socket: Socket, message: string, timeoutMs: number): Promise<void> {
  if ((await ask(socket, message, timeoutMs)) !== message) throw new CallError('WRONG ANSWER');
}
