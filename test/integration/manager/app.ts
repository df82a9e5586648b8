// An app as somebody would write it: it calls the services of a config file, one call after the other, until it is
// told to end. `app.ts CONFIG SERVICE=CALLERS...`; prints `ready <url of the admin server>`. Over the ipc channel it
// is told to `pause` and to `resume`, and answers each, once no call is under way or at once, with its account.

import { PoolManager } from '../../../lib/manager/pool-manager.js';
import { retry } from '../../../lib/middleware/retry.js';
import { calls, clients } from './fixture.js';

/** What became of the calls of a service. */
export interface Account {
  started: number;
  answered: number;
  /** What calls failed with. */
  failed: string[];
  /** Calls that were not taken, because the app is ending. */
  refused: number;
}

const [config = '', ...load] = process.argv.slice(2);
const accounts: Record<string, Account> = {};
let [paused, ended, underWay] = [false, false, 0];

const again = retry({ retries: 5, delayMs: 20, budget: false });
const manager = new PoolManager(config, { clients, middleware: { users: [again], search: [again] } });
const ownCalls = { users: calls.grpc, search: calls.thrift, lines: calls.tcp };

async function caller(service: keyof typeof ownCalls, account: Account): Promise<void> {
  for (let i = 0; !ended; i++) {
    while (paused) await pause(5);
    const text = `${i}`;
    underWay++;
    account.started++;
    try {
      const answer = await ownCalls[service](manager, text, service);
      if (!answer.endsWith(text)) throw new Error(`'${answer}' is no answer to '${text}'`);
      account.answered++;
    } catch (error) {
      const isRefusal = ended && (error as { code?: unknown }).code === 'ERR_POOL_CLOSED';
      if (isRefusal) account.refused++;
      else account.failed.push(String(error));
    }
    underWay--;
    await pause(1);
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

process.on('message', async (message: 'pause' | 'resume') => {
  paused = message === 'pause';
  while (paused && underWay > 0) await pause(1);
  process.send?.(accounts);
});
process.on('SIGTERM', () => {
  ended = true;
  console.log('ending');
});
manager.handleSignals();
await manager.ready();
const callers = load.flatMap((each) => {
  const [service, count] = each.split('=') as [keyof typeof ownCalls, string];
  const account = { started: 0, answered: 0, failed: [], refused: 0 };
  accounts[service] = account;
  return Array.from({ length: Number(count) }, () => caller(service, account));
});
console.log(`ready ${manager.adminUrl}`);
manager.once('stopped', async () => {
  await Promise.all(callers);
  console.log(`account ${JSON.stringify(accounts)}`);
  if (process.connected) process.disconnect();
});
