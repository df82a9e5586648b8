const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** What a duration may be, in words. */
export const DURATION_ALLOWED =
  "a number of ms, or a number with a unit such as '250ms', '30s', '5m', '1h', '1d'";

/** Gives the ms of a duration as a config file has it; undefined when it is none. */
export function parseDuration(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string') return undefined;
  const match = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/.exec(value.trim());
  return match === null ? undefined : Number(match[1]) * UNITS_MS[match[2]!]!;
}
