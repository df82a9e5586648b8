// Echo calls to a Thrift server in another process, by as many callers as there are connections. Flags: how the
// callers come by their clients, the server's port, and the length of a round in ms.
import { thriftDialer, thriftPool } from 'connpool/thrift';
import genericPool from 'generic-pool';
import thrift from 'thrift';
import EchoService from '../../examples/thrift/gen-nodejs/EchoService.js';
import { answerRounds } from '../measured-process.js';
import { timedRounds, type Work } from '../timed.js';
import type { ThriftContender } from './thrift-measurement.js';

type Client = InstanceType<typeof EchoService.Client>;
/** One echo of one of the callers. */
type Echo = (caller: number) => Promise<string>;

const CONNECTIONS = 10;
const [contender = '', port = '', roundMs = ''] = process.argv.slice(2);
const address = { host: '127.0.0.1', port: Number(port) };
const dialer = thriftDialer(EchoService, address);
const dial = () => dialer.dial({ signal: new AbortController().signal, markBroken: () => {} });

const contenders: Record<ThriftContender, () => Promise<Echo>> = {
  async connpool() {
    const pool = thriftPool(EchoService, { ...address, pool: { maxActive: CONNECTIONS } });
    return () => pool.do((client) => client.Echo('hello'));
  },
  'its clients, hand-held': () => handHeld(dial),
  async 'generic-pool around its clients'() {
    const close = async (client: Client) => void (await dialer.close(client));
    const pool = genericPool.createPool({ create: dial, destroy: close }, { max: CONNECTIONS });
    return async () => pool.use((client) => client.Echo('hello'));
  },
  "the thrift package's clients, hand-held": () => handHeld(dialPlainly),
};

/** Each caller has a connection to itself. */
async function handHeld(dialOne: () => Promise<Client>): Promise<Echo> {
  const clients = await Promise.all(Array.from({ length: CONNECTIONS }, dialOne));
  return (caller) => clients[caller]!.Echo('hello');
}

function dialPlainly(): Promise<Client> {
  const connection = thrift.createConnection(address.host, address.port, {});
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.once('connect', () =>
      resolve(thrift.createClient(EchoService, connection) as unknown as Client),
    );
  });
}

function callers(echo: Echo): Work {
  return async (operations) => {
    let left = operations;
    const caller = async (_: unknown, number: number) => {
      while (left-- > 0) if ((await echo(number)) !== 'hello') throw new Error('wrong answer');
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, caller));
  };
}

answerRounds(async () => {
  const echo = await contenders[contender as ThriftContender]();
  return timedRounds(callers(echo), Number(roundMs), 100);
});
