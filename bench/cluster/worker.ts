// Measures one way to a function, in a process of its own. Flags: which one, how many callers, and the length of a
// round in ms.
import { ConsecutiveBreaker, circuitBreaker, handleAll } from 'cockatiel';
import { Cluster, ConnPool } from 'connpool';
import CircuitBreaker from 'opossum';
import { answerRounds } from '../measured-process.js';
import { timedRounds } from '../timed.js';
import type { ClusterContender } from './plan.js';

interface Client {
  readonly id: number;
}

type Call = () => Promise<unknown>;

const MAX_FAILS = 3;
const COOLDOWN_MS = 5_000;
const [contender = '', callers = '', roundMs = ''] = process.argv.slice(2);
const connections = Number(callers);
const client: Client = { id: 1 };
/** What every contender calls in the end. */
const work = async ({ id }: Client): Promise<number> => id;

/** A pool in which no caller waits. */
function makePool(): ConnPool<Client> {
  return new ConnPool<Client>({
    dial: async () => ({ id: 1 }),
    close: async () => {},
    maxActive: connections,
  });
}

/** With the defaults: round robin, a breaker per node, recover. */
function clusterOf(nodes: number): Call {
  const cluster = new Cluster<Client>({ connect: makePool });
  for (let i = 0; i < nodes; i++) cluster.addEndpoint({ id: `node-${i}` });
  return () => cluster.do(work);
}

function pooled(): Call {
  const pool = makePool();
  return () => pool.do(work);
}

function shared(): Call {
  const cluster = new Cluster<Client>();
  cluster.addClient(client, { id: 'shared' });
  return () => cluster.do(work);
}

function opossum(call: Call): Call {
  const breaker = new CircuitBreaker(call);
  return () => breaker.fire();
}

/** With the limits that a cluster has by default. */
function cockatiel(call: Call): Call {
  const breaker = new ConsecutiveBreaker(MAX_FAILS);
  const policy = circuitBreaker(handleAll, { halfOpenAfter: COOLDOWN_MS, breaker });
  return () => policy.execute(call);
}

const contenders: Record<ClusterContender, () => Call> = {
  'pool.do': pooled,
  'cluster.do, 1 node': () => clusterOf(1),
  'cluster.do, 10 nodes': () => clusterOf(10),
  'cluster.do, a shared client': shared,
  'opossum around pool.do': () => opossum(pooled()),
  'cockatiel around pool.do': () => cockatiel(pooled()),
  'opossum alone': () => opossum(() => work(client)),
  'cockatiel alone': () => cockatiel(() => work(client)),
  'the function alone': () => () => work(client),
};

answerRounds(async () => {
  const call = contenders[contender as ClusterContender]();
  const run = async (operations: number) => {
    let left = operations;
    const caller = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: connections }, caller));
  };
  return timedRounds(run, Number(roundMs), 1_000);
});
