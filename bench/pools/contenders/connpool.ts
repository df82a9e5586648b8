import { ConnPool, type Transport } from 'connpool';
import { type Client, type Contender, create, destroy, type Setup } from './contender.js';

export function connpool({ max, timeoutMs }: Setup): Contender<Transport<Client>> {
  const pool = new ConnPool({ dial: create, close: destroy, maxActive: max });
  return {
    get: timeoutMs === undefined ? () => pool.get() : () => pool.get({ timeoutMs }),
    client: (transport) => transport.client,
    put: (transport) => void transport.close(),
    destroy: (transport) => void transport.close(true),
    getWith: (signal) => pool.get({ signal }),
  };
}
