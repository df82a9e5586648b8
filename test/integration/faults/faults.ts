import type { Fault } from '../../support/fault.js';

/** A fault as the matrix tells it. */
export interface NamedFault {
  readonly name: string;
  readonly fault: Fault;
  /** Whether a connection under it still works, only slower. */
  readonly harmless: boolean;
}

/** Everything that is done to connections. */
export const FAULTS: readonly NamedFault[] = [
  { name: 'delay 10 ms', fault: { kind: 'delay', ms: 10 }, harmless: true },
  { name: 'throttle 20 kB/s', fault: { kind: 'throttle', bytesPerSecond: 20_000 }, harmless: true },
  { name: 'fragment', fault: { kind: 'fragment' }, harmless: true },
  { name: 'delay 60 s', fault: { kind: 'delay', ms: 60_000 }, harmless: false },
  { name: 'throttle 4 B/s', fault: { kind: 'throttle', bytesPerSecond: 4 }, harmless: false },
  { name: 'blackhole', fault: { kind: 'blackhole' }, harmless: false },
  { name: 'stall', fault: { kind: 'stall' }, harmless: false },
  { name: 'corrupt', fault: { kind: 'corrupt' }, harmless: false },
  { name: 'corrupt 1 byte', fault: { kind: 'corrupt', bytes: 1 }, harmless: false },
  { name: 'half-close', fault: { kind: 'halfClose' }, harmless: false },
  { name: 'cut (FIN)', fault: { kind: 'cut' }, harmless: false },
  { name: 'reset (RST)', fault: { kind: 'reset' }, harmless: false },
];

/** Whether the two ends learn of the fault at once, also when they say nothing. */
export function isHeardWhenIdle({ kind }: Fault): boolean {
  return kind === 'halfClose' || kind === 'cut' || kind === 'reset';
}

/** Whether nothing is heard of it, whatever is said. */
export function isSilent(fault: Fault): boolean {
  return fault.kind !== 'corrupt' && !isHeardWhenIdle(fault);
}
