// A process that measures one thing of one contender, round by round, whenever its parent says so. One process each:
// pools measured in one process would share inline caches and a heap, and whoever comes last would pay for all.
import { parseArgs } from 'node:util';
import { cancelRound } from './cancel-round.js';
import { type TimedCaseName, timedCases } from './cases.js';
import { type ContenderName, makeContender } from './contenders.js';
import { memoryRound } from './memory-round.js';
import type { Sample } from './sample.js';
import { thriftRounds } from './thrift-rounds.js';
import { timedRounds } from './timed-rounds.js';

const { values } = parseArgs({
  options: {
    measure: { type: 'string', default: '' },
    contender: { type: 'string', default: '' },
    size: { type: 'string', default: '0' },
    'round-ms': { type: 'string', default: '40' },
  },
});
const contender = values.contender as ContenderName;
const size = Number(values.size);
const roundMs = Number(values['round-ms']);

const round = await prepare(values.measure);
process.on('message', async () => process.send?.(await round()));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');

/** What one round is. */
function prepare(measure: string): Promise<() => Promise<Sample | Sample[]>> {
  if (measure === 'cancel') return cancelRound(makeContender(contender, { max: 1 }), size);
  if (measure === 'idleMemory' || measure === 'waiterMemory') return memoryRound(measure, contender, size);
  if (measure === 'thrift') return thriftRounds(size);
  const timed = timedCases[measure as TimedCaseName];
  return timedRounds(timed, makeContender(contender, timed.setup), roundMs);
}
