import type { Socket } from 'node:net';
import { tcpPool } from '../../clients/tcp/tcp-pool.js';
import { addressOf, type BenchTarget, type Endpoint, socketTlsOf } from './target.js';

/** What is sent, and what ends the answer. */
export interface TcpCall {
  readonly payload: Buffer;
  /** An answer of so many bytes, or one that ends with these. */
  readonly answer: { readonly bytes: number } | { readonly until: Buffer };
}

/** Sends the same bytes again and again. */
export function tcpTarget(endpoint: Endpoint, call: TcpCall): BenchTarget {
  return {
    label: `TCP (${call.payload.length} bytes) at ${addressOf(endpoint)}`,
    pool(maxActive) {
      const pool = tcpPool({
        host: endpoint.host,
        port: endpoint.port,
        tls: socketTlsOf(endpoint),
        pool: { name: 'bench', maxActive, waitTimeoutMs: endpoint.timeoutMs },
      });
      return {
        call: () => pool.do((socket) => ask(socket, call, endpoint.timeoutMs)),
        isAnswer: () => false,
        warmUp: (count) => pool.warmUp(count),
        stats: () => pool.stats(),
        close: () => pool.close(),
      };
    },
  };
}

/** One question on a socket that nobody else uses. */
function ask(socket: Socket, { payload, answer }: TcpCall, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = 0;
    let tail: Buffer = Buffer.alloc(0);
    const settle = (error?: Error) => {
      clearTimeout(timer);
      socket.off('data', onData).off('end', onEnd).off('close', onEnd).off('error', settle);
      if (error === undefined) resolve();
      else reject(error);
    };
    const timer = setTimeout(
      () => settle(new NoAnswerError(`no whole answer in ${timeoutMs} ms`)),
      timeoutMs,
    );
    const onEnd = () => settle(new ConnectionEndedError('the server ended the connection before its answer'));
    const onData = (chunk: Buffer) => {
      received += chunk.length;
      if ('bytes' in answer) {
        if (received === answer.bytes) settle();
        else if (received > answer.bytes)
          settle(new WrongAnswerError(`more than ${answer.bytes} bytes came`));
        return;
      }
      const { until } = answer;
      const seen = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
      const at = seen.indexOf(until);
      if (at === -1) tail = until.length === 1 ? tail : seen.subarray(-(until.length - 1));
      else if (at + until.length === seen.length) settle();
      else settle(new WrongAnswerError('bytes came after the end of the answer'));
    };
    // The reader comes before the question: the pool watches sockets that nobody reads.
    socket.on('data', onData).on('end', onEnd).on('close', onEnd).on('error', settle);
    socket.write(payload);
  });
}

/** These names are what the report counts errors by. */
class NoAnswerError extends Error {
  override readonly name = 'NoAnswerError';
}
class ConnectionEndedError extends Error {
  override readonly name = 'ConnectionEndedError';
}
class WrongAnswerError extends Error {
  override readonly name = 'WrongAnswerError';
}
