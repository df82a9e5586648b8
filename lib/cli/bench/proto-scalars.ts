/** Values of a type, as JSON has them. */
interface Scalar {
  /** What a value must be, in words. */
  readonly wanted: string;
  accepts(value: unknown): boolean;
  /** Whether the text of a map's key can be one; left out where keys cannot be of this type. */
  acceptsKey?(text: string): boolean;
}

const DECIMAL = /^-?\d+$/;

/** Whole numbers; those that a number of JSON cannot hold come as text. */
function integer(least: bigint, most: bigint): Scalar {
  const holds = (value: bigint) => value >= least && value <= most;
  const acceptsText = (text: string) => DECIMAL.test(text) && holds(BigInt(text));
  const isLong = most > BigInt(Number.MAX_SAFE_INTEGER);
  return {
    wanted: `a whole number from ${least} to ${most}${isLong ? ', beyond 2^53 in quotes' : ''}`,
    accepts: (value) =>
      typeof value === 'string' && isLong
        ? acceptsText(value)
        : Number.isSafeInteger(value) && holds(BigInt(value as number)),
    acceptsKey: acceptsText,
  };
}

const INT32 = integer(-(2n ** 31n), 2n ** 31n - 1n);
const UINT32 = integer(0n, 2n ** 32n - 1n);
const INT64 = integer(-(2n ** 63n), 2n ** 63n - 1n);
const UINT64 = integer(0n, 2n ** 64n - 1n);
const REAL: Scalar = {
  wanted: "a number, 'NaN', 'Infinity' or '-Infinity'",
  accepts: (value) => typeof value === 'number' || ['NaN', 'Infinity', '-Infinity'].includes(value as string),
};

/** What protobuf calls its types, and what JSON has for them. protobufjs would make something of anything. */
export const SCALARS: Readonly<Record<string, Scalar>> = {
  TYPE_INT32: INT32,
  TYPE_SINT32: INT32,
  TYPE_SFIXED32: INT32,
  TYPE_UINT32: UINT32,
  TYPE_FIXED32: UINT32,
  TYPE_INT64: INT64,
  TYPE_SINT64: INT64,
  TYPE_SFIXED64: INT64,
  TYPE_UINT64: UINT64,
  TYPE_FIXED64: UINT64,
  TYPE_FLOAT: REAL,
  TYPE_DOUBLE: REAL,
  TYPE_BOOL: {
    wanted: 'true or false',
    accepts: (value) => typeof value === 'boolean',
    acceptsKey: (text) => text === 'true' || text === 'false',
  },
  TYPE_STRING: {
    wanted: 'a string',
    accepts: (value) => typeof value === 'string',
    acceptsKey: () => true,
  },
  TYPE_BYTES: {
    wanted: 'a string in Base64',
    accepts: (value) => typeof value === 'string' && /^(?:[\w+/-]{4})*(?:[\w+/-]{2,3}={0,2})?$/.test(value),
  },
};
