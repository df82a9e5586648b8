import assert from 'node:assert/strict';
import { FaultProxy } from '../../support/fault-proxy.js';
import { within } from '../../support/wait-for.js';
import type { ClientSockets } from './client-sockets.js';
import { isSilent, type NamedFault } from './faults.js';
import { MESSAGE, type Phase, type Stage } from './phases.js';
import type { Deadlines, Subject } from './subjects.js';

/** Ends a silence soon. */
const SHORT_MS = 300;

/** Nothing healthy takes so long, however busy the machine is. */
const LONG_MS = 8_000;

/** What is set for good when a pool is made; the phase shortens the others when its fault strikes. */
const DEADLINES: Deadlines = {
  dialTimeoutMs: LONG_MS,
  heartbeatTimeoutMs: LONG_MS,
  closeTimeoutMs: SHORT_MS,
  callTimeoutMs: 2 * SHORT_MS,
};

const LONG_DEADLINES: Deadlines = { ...DEADLINES, closeTimeoutMs: LONG_MS, callTimeoutMs: LONG_MS };

/** Longest that a call may take whose connection meets a fault: a short deadline, a call's, and some slack. */
const LONGEST_MS = 3 * SHORT_MS + 2_000;

/** What happens on the proxied way to one server. */
export interface Scene {
  readonly port: number;
  readonly sockets: ClientSockets;
}

/**
 * Lets one fault strike at one moment and gives what the caller saw.
 * @throws Error when it took longer than the deadlines allow, when the pool does not serve the next call, or when
 * something is left open
 */
export async function runCell<TClient>(
  subject: Subject<TClient>,
  fault: NamedFault,
  phase: Phase,
  { port, sockets }: Scene,
): Promise<string> {
  const deadlines = fault.harmless ? LONG_DEADLINES : DEADLINES;
  await using proxy = await FaultProxy.start({ port });
  const { host } = proxy;
  const pool = await subject.connect({ host, port: proxy.port, heartbeat: phase.heartbeat, ...deadlines });
  const failures: unknown[] = [];
  pool.on('closeError', (error) => failures.push(error));
  const stage: Stage<TClient> = { subject, pool, proxy, fault, deadlines };
  try {
    await within('the pool gets ready', phase.prepare(stage));
    if (phase.deadline !== undefined && isEndedByDeadline(fault, phase)) {
      pool.configure({ [phase.deadline]: SHORT_MS });
    }
    const met = outcomeOf(phase.meet(stage));
    const outcome = await within('the caller sees an end', met, { timeoutMs: LONGEST_MS });
    assert.ok(pool.stats().open <= 2);
    proxy.heal();
    if (pool.stats().state === 'open') await serveAgain(stage);
    return outcome;
  } finally {
    await within('the pool closes', pool.close());
    assert.equal(sockets.openTo(proxy.port), 0, 'sockets left open');
    assert.ok(sockets.madeTo(proxy.port) > 0);
    const { open, dialing, closing, waiting } = pool.stats();
    assert.deepEqual({ open, dialing, closing, waiting }, { open: 0, dialing: 0, closing: 0, waiting: 0 });
    assert.deepEqual(failures, []);
  }
}

/** What a dial hears of in other ways is to end in those, however slow the machine is. */
function isEndedByDeadline({ fault, harmless }: NamedFault, { deadline }: Phase): boolean {
  return !harmless && (deadline !== 'dialTimeoutMs' || isSilent(fault));
}

/** The fault is gone: the very next call works. */
async function serveAgain<TClient>({ pool, subject, deadlines }: Stage<TClient>): Promise<void> {
  pool.configure({ dialTimeoutMs: LONG_MS, heartbeatTimeoutMs: LONG_MS });
  const answer = pool.do((client) => subject.call(client, MESSAGE, deadlines));
  assert.equal(await within('a call on the healed network', answer), MESSAGE);
}

async function outcomeOf(met: Promise<string>): Promise<string> {
  try {
    return await met;
  } catch (error) {
    return nameOf(error);
  }
}

/** An error as its code; that of a failed dial with the reason's. */
function nameOf(error: unknown): string {
  const { code, cause } = error as { code?: unknown; cause?: unknown };
  if (typeof code !== 'string') throw error;
  // Which alert a garbled TLS record causes depends on what was hit, and on the version of OpenSSL.
  if (code.startsWith('ERR_SSL_')) return 'ERR_SSL_*';
  return code === 'ERR_DIAL' ? `${code}: ${nameOf(cause)}` : code;
}
