/** Bounds in seconds that suit calls over a network; those of the semantic conventions for HTTP and RPC, and finer ones below. */
export const SECONDS_BUCKETS: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];
