import { type Measurement, repeats } from '../side-by-side.js';

/** How the callers come by their clients. */
const THRIFT_CONTENDERS = [
  'connpool',
  'its clients, hand-held',
  'generic-pool around its clients',
  "the thrift package's clients, hand-held",
] as const;

export type ThriftContender = (typeof THRIFT_CONTENDERS)[number];

export const THRIFT_TITLE = 'a Thrift echo, 10 callers on 10 connections';

/** Echo calls to the server on `port`. What is looked for are a few per cent, hence so many rounds. */
export function thriftMeasurement(port: string, quick: boolean): Measurement {
  const flags = (name: ThriftContender) => [name, port, quick ? '5' : '30'];
  return {
    title: THRIFT_TITLE,
    unit: 'ns',
    script: new URL('./thrift-worker.ts', import.meta.url),
    rows: Object.fromEntries(THRIFT_CONTENDERS.map((name) => [name, flags(name)])),
    ...repeats(quick, 80),
  };
}
