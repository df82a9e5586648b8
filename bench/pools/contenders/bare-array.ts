import { BareQueue } from './bare-queue.js';
import { type Client, type Contender, create, makeClient, type Setup } from './contender.js';

/** Not a pool: the least that lending through a promise can cost, and a queue without limits or deadlines. */
export function bareArray({ max }: Setup): Contender<Client> {
  const idle = Array.from({ length: max }, makeClient);
  const queue = new BareQueue();
  const put = (client: Client) => {
    if (!queue.serve(client)) idle.push(client);
  };
  const get = (signal?: AbortSignal): Promise<Client> => {
    const client = idle.pop();
    return client === undefined ? queue.join(signal) : Promise.resolve(client);
  };
  return {
    get: () => get(),
    client: (client) => client,
    put,
    destroy: () => void create().then(put),
    getWith: get,
  };
}
