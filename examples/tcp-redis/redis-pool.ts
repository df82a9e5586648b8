import type { Socket } from 'node:net';
import type { ConnPool } from 'connpool';
import { tcpPool } from 'connpool/tcp';
import { encodeCommand, RespError, RespReader, type RespValue } from './resp-reader.js';

/** A pool of sockets to one Redis; a command that Redis refuses leaves its connection in the pool. */
export function redisPool({ host, port }: { host: string; port: number }): ConnPool<Socket> {
  return tcpPool({
    host,
    port,
    heartbeat: async (socket) => (await command(socket, 'PING')) === 'PONG',
    pool: { name: 'redis', maxActive: 4, isBroken: (error) => !(error instanceof RespError) },
  });
}

/** Sends one command over a lent socket and reads its reply. */
export function command(socket: Socket, ...args: string[]): Promise<RespValue> {
  return new Promise((resolve, reject) => {
    const reader = new RespReader();
    const settle = () => void socket.off('data', onData).off('end', onEnd).off('close', onEnd);
    const onEnd = () => {
      settle();
      reject(new Error('Redis ended the connection'));
    };
    const onData = (chunk: Buffer) => {
      try {
        const reply = reader.push(chunk);
        if (reply === undefined) return;
        settle();
        if (reply instanceof RespError) reject(reply);
        else resolve(reply);
      } catch (error) {
        settle();
        reject(error);
      }
    };
    // The reader comes before the question: the pool watches sockets that nobody reads.
    socket.on('data', onData).on('end', onEnd).on('close', onEnd);
    socket.write(encodeCommand(args));
  });
}
