import { within } from '../support/wait-for.js';
import { Churn, type Tally } from './churn.js';
import { type Sample, takeSample } from './sample.js';
import { startServers } from './servers.js';
import { tcpSpeaker, thriftSpeaker } from './speakers.js';
import { Veteran } from './veteran.js';

/** How long calls wait for answers where some never come. */
const IMPATIENT_MS = 30;

/** And where all come. */
const PATIENT_MS = 10_000;

/** What a soak has done and seen. */
export interface SoakResult {
  readonly samples: readonly Sample[];
  readonly tally: Tally;
}

/** Longest that all may take to come to rest, ms. */
const LONGEST_END_MS = 15_000;

/** How many samples are aimed at, however long it takes. */
const SAMPLES = 32;

/**
 * Churns connections for `ms`, and takes a sample at rest now and then.
 * @throws whatever a pool did that it must not do
 */
export async function soak(ms: number, onSample: (sample: Sample) => void): Promise<SoakResult> {
  const servers = await startServers();
  const { signal } = new AbortController();
  const tally: Tally = new Map();
  const churns = [
    Churn.start(tcpSpeaker(IMPATIENT_MS), servers.ports.unruly, signal, tally),
    Churn.start(thriftSpeaker(IMPATIENT_MS), servers.ports.thrift, signal, tally),
  ];
  const veterans = [
    await Veteran.enlist(tcpSpeaker(PATIENT_MS), servers.ports.steady, signal, tally),
    await Veteran.enlist(thriftSpeaker(PATIENT_MS), servers.ports.thrift, signal, tally),
  ];
  const samples: Sample[] = [];
  try {
    const until = performance.now() + ms;
    while (performance.now() < until) {
      const round = Promise.all([...churns, ...veterans].map((part) => part.run(ms / SAMPLES)));
      await within('a round ends', round, { timeoutMs: ms / SAMPLES + LONGEST_END_MS });
      servers.assertAlive();
      const sample = await takeSample({ sockets: veterans.map(({ socket }) => socket), signal });
      samples.push(sample);
      onSample(sample);
    }
  } finally {
    const closed = Promise.all([...churns, ...veterans].map((part) => part.close()));
    await within('the pools close', closed).finally(() => servers.stop());
  }
  return { samples, tally };
}
