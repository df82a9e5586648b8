import type { BlockServers } from '../block-servers.js';

/** A client of the reader's own, over a socket to an echo server. */
export const CONNECT = `
import { EventEmitter, once } from 'node:events';
import { createConnection } from 'node:net';
class Connection extends EventEmitter {
  constructor(socket) {
    super();
    this.socket = socket;
    socket.on('close', () => this.emit('close'));
  }
  async query(text) {
    this.socket.write(text);
    return String((await once(this.socket, 'data'))[0]);
  }
  ping = async () => (await this.query('ping')) === 'ping';
  async end() {
    this.socket.end();
    await once(this.socket, 'close');
  }
}
async function connect() {
  const socket = createConnection(ECHO_PORT, '127.0.0.1');
  await once(socket, 'connect');
  return new Connection(socket);
}
const log = console;
`;

/** The server that it speaks to. */
export async function withConnect(servers: BlockServers): Promise<[string, string][]> {
  return [['ECHO_PORT', String((await servers.echoes())[0])]];
}
