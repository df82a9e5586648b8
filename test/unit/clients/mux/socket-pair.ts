import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Both ends of one connection over loopback. */
export interface SocketPair extends AsyncDisposable {
  readonly client: Socket;
  readonly server: Socket;
}

/** Connects two real sockets. */
export async function socketPair(): Promise<SocketPair> {
  const listener = createServer({ noDelay: true, allowHalfOpen: true });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const client = connect({ host: '127.0.0.1', port, noDelay: true });
  const [[server]] = (await Promise.all([once(listener, 'connection'), once(client, 'connect')])) as [
    [Socket],
    unknown,
  ];
  listener.close();
  for (const socket of [client, server]) socket.on('error', () => {}); // tests tear connections down
  return {
    client,
    server,
    async [Symbol.asyncDispose]() {
      const ends = [client, server].filter((socket) => !socket.closed);
      await Promise.all(
        ends.map(async (socket) => {
          const closed = once(socket, 'close');
          socket.destroy();
          await closed;
        }),
      );
    },
  };
}
