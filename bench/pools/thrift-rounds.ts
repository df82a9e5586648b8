import { thriftDialer, thriftPool } from 'connpool/thrift';
import genericPool from 'generic-pool';
import thrift from 'thrift';
import EchoService from '../../examples/thrift/gen-nodejs/EchoService.js';
import { startServerProcess } from '../../examples/thrift/server-process.js';
import { type Sample, timed } from './sample.js';

type Client = InstanceType<typeof EchoService.Client>;
/** One echo, with whatever lends the client. */
type Echo = (caller: number) => Promise<string>;

/** How clients are come by; each caller of the hand-held ones has a connection of its own. */
export const THRIFT_CONTENDERS = [
  'connpool',
  'our clients, hand-held',
  'generic-pool around our clients',
  "the thrift package's clients, hand-held",
] as const;

const CALLS = 2_000;

/**
 * Echo calls to a server in its own process, by as many callers as there are connections. Every contender is in this
 * process and takes a short turn in each round, in another order each time: what they are compared by is a few per
 * cent, which different processes, or minutes, would differ by anyway.
 */
export async function thriftRounds(concurrency: number): Promise<() => Promise<Sample[]>> {
  const server = await startServerProcess('--port', '0');
  const address = { host: '127.0.0.1', port: Number(server.address) };
  const dialer = thriftDialer(EchoService, address);
  const dial = () => dialer.dial({ signal: new AbortController().signal, markBroken: () => {} });
  const many = <T>(make: () => T | Promise<T>) => Promise.all(Array.from({ length: concurrency }, make));

  const ours = thriftPool(EchoService, { ...address, pool: { maxActive: concurrency } });
  const held = await many(dial);
  const generic = genericPool.createPool(
    { create: dial, destroy: (client: Client) => dialer.close(client) },
    { max: concurrency },
  );
  const raw = await many(() => rawClient(address));
  const echoes: Echo[] = [
    () => ours.do((client) => client.Echo('hello')),
    (caller) => held[caller]!.Echo('hello'),
    () => generic.use((client) => client.Echo('hello')),
    (caller) => raw[caller]!.Echo('hello'),
  ];
  let turn = 0;
  const round = async () => {
    const samples: Sample[] = [];
    for (let i = 0; i < echoes.length; i++) {
      const at = (turn + i) % echoes.length;
      samples[at] = await timed(CALLS, () => run(echoes[at]!, concurrency));
    }
    turn++;
    return samples;
  };
  for (let i = 0; i < 3; i++) await round();
  return round;
}

async function run(echo: Echo, concurrency: number): Promise<void> {
  let left = CALLS;
  const caller = async (_: unknown, number: number) => {
    while (left-- > 0) if ((await echo(number)) !== 'hello') throw new Error('wrong answer');
  };
  await Promise.all(Array.from({ length: concurrency }, caller));
}

function rawClient({ host, port }: { host: string; port: number }): Promise<Client> {
  const connection = thrift.createConnection(host, port, {});
  return new Promise((resolve, reject) => {
    connection.once('error', reject);
    connection.once('connect', () =>
      resolve(thrift.createClient(EchoService, connection) as unknown as Client),
    );
  });
}
