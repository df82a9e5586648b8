// Measures one thing of one contender, in a process of its own: pools that share a process share inline caches and a
// heap, and whoever comes last pays for all. Flags: what, of whom, and the length of a round in ms or a count.
import { answerRounds, type Round } from '../measured-process.js';
import { timedRounds } from '../timed.js';
import { cancelRounds } from './cancel-rounds.js';
import { type TimedCaseName, timedCases } from './cases.js';
import { type ContenderName, loadContender } from './contenders.js';
import { memoryRounds } from './memory-rounds.js';

const [measure = '', contender = '', size = ''] = process.argv.slice(2);

const make = await loadContender(contender as ContenderName);

answerRounds(async (): Promise<Round> => {
  if (measure === 'cancel') return cancelRounds(make({ max: 1 }), Number(size));
  if (measure === 'idle-memory' || measure === 'waiter-memory') {
    return memoryRounds(measure, Number(size), make);
  }
  const { setup, workload, minOperations } = timedCases[measure as TimedCaseName];
  const pool = make(setup);
  return timedRounds((operations) => workload(pool, operations), Number(size), minOperations);
});
