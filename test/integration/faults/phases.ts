import assert from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { ConnPool } from '../../../lib/pool/conn-pool.js';
import type { FaultPlace } from '../../support/fault.js';
import type { FaultProxy } from '../../support/fault-proxy.js';
import { waitFor } from '../../support/wait-for.js';
import { isHeardWhenIdle, type NamedFault } from './faults.js';
import type { Deadlines, HeartbeatUse, Subject } from './subjects.js';

/** What everybody says. */
export const MESSAGE = 'hello';

/** One pool behind a proxy of its own, about to meet a fault. */
export interface Stage<TClient> {
  readonly subject: Subject<TClient>;
  readonly pool: ConnPool<TClient>;
  readonly proxy: FaultProxy;
  readonly fault: NamedFault;
  readonly deadlines: Deadlines;
}

/** A moment at which faults strike. */
export interface Phase {
  readonly name: string;
  readonly heartbeat: HeartbeatUse;
  /** The deadline of the pool that is to end it when nothing else does. */
  readonly deadline: 'dialTimeoutMs' | 'heartbeatTimeoutMs' | 'closeTimeoutMs' | undefined;
  /** Brings the pool to the moment. */
  prepare<TClient>(stage: Stage<TClient>): Promise<void>;
  /** Lets the fault strike and tells what a caller then sees: a word for it, or a rejection. */
  meet<TClient>(stage: Stage<TClient>): Promise<string>;
}

/** Makes a call and says what came of it. */
async function call<TClient>({ pool, subject, deadlines }: Stage<TClient>): Promise<string> {
  const dialsBefore = pool.stats().dials;
  const answer = await pool.do((client) => subject.call(client, MESSAGE, deadlines));
  if (answer !== MESSAGE) return 'wrong answer';
  return dialsBefore > 0 && pool.stats().dials > dialsBefore ? 'answer, new connection' : 'answer';
}

/** Leaves connections idle, one of which has served a call. */
async function warmUp<TClient>({ pool, subject, deadlines }: Stage<TClient>, count = 1): Promise<void> {
  await pool.warmUp(count);
  await pool.do((client) => subject.call(client, MESSAGE, deadlines));
  assert.equal(pool.stats().idle, count);
  // What passed its heartbeat in this very turn of the event loop is lent without another.
  await nextTurn();
}

/** A call whose bytes meet the fault. */
function midCall(name: string, place: (middle: number) => FaultPlace): Phase {
  return {
    name,
    heartbeat: 'new',
    deadline: undefined,
    prepare: (stage) => warmUp(stage),
    meet(stage) {
      stage.proxy.set(stage.fault.fault, { ...place(stage.subject.middle), connections: 'open' });
      return call(stage);
    },
  };
}

/** A connection that meets the fault from its first byte on. */
function midDial(name: string, heartbeat: HeartbeatUse): Phase {
  return {
    name,
    heartbeat,
    deadline: 'dialTimeoutMs',
    prepare: async () => {},
    meet(stage) {
      stage.proxy.set(stage.fault.fault, { connections: 'new' });
      return call(stage);
    },
  };
}

/** The moments of a connection's life. */
export const PHASES: readonly Phase[] = [
  midDial('dial', 'new'),
  midDial('dial, no heartbeat', 'none'),
  {
    name: 'heartbeat',
    heartbeat: 'always',
    deadline: 'heartbeatTimeoutMs',
    prepare: (stage) => warmUp(stage, 2),
    meet(stage) {
      stage.proxy.set(stage.fault.fault, { connections: 'open', direction: 'toClient', afterBytes: 0 });
      return call(stage);
    },
  },
  {
    name: 'idle',
    heartbeat: 'new',
    deadline: undefined,
    prepare: (stage) => warmUp(stage),
    async meet(stage) {
      stage.proxy.set(stage.fault.fault, { connections: 'open' });
      if (isHeardWhenIdle(stage.fault.fault)) {
        await waitFor('the connection leaves the pool', () => stage.pool.stats().open === 0);
      }
      return call(stage);
    },
  },
  midCall('before a request', () => ({ direction: 'toServer', afterBytes: 0 })),
  midCall('mid-request', (middle) => ({ direction: 'toServer', afterBytes: middle })),
  midCall('before a response', () => ({ direction: 'toClient', afterBytes: 0 })),
  midCall('mid-response', (middle) => ({ direction: 'toClient', afterBytes: middle })),
  {
    name: 'close',
    heartbeat: 'new',
    deadline: 'closeTimeoutMs',
    prepare: (stage) => warmUp(stage, 2),
    async meet({ pool, proxy, fault }) {
      const lent = await pool.get();
      pool.invalidate();
      const closed = lent.close();
      proxy.set(fault.fault, { connections: 'open' });
      await closed;
      await waitFor('both are closed', () => pool.stats().closing === 0);
      return 'closed';
    },
  },
  {
    name: 'pool.close()',
    heartbeat: 'new',
    deadline: 'closeTimeoutMs',
    prepare: (stage) => warmUp(stage, 2),
    async meet({ pool, proxy, fault }) {
      const lent = await pool.get();
      const closed = pool.close();
      proxy.set(fault.fault, { connections: 'open' });
      void lent.close();
      await closed;
      return 'closed';
    },
  },
];
