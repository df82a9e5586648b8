import { GrpcConnectionError } from './grpc-errors.js';

/** What `grpc.health.v1` says of a service. Numbers that are not listed come from a newer server. */
export const SERVING_STATUS = { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 } as const;

/** The protobuf tag of `string service = 1` of a HealthCheckRequest. */
const SERVICE_TAG = 0x0a;
/** The number of `ServingStatus status = 1` of a HealthCheckResponse. */
const STATUS_FIELD = 1;
const WIRE_TYPE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;
/** Longest varint of protobuf: 64 bits in groups of 7. */
const MAX_VARINT_BYTES = 10;

/** Writes a `grpc.health.v1.HealthCheckRequest`; '' asks for the server as a whole. */
export function encodeHealthRequest(service: string): Buffer {
  const name = Buffer.from(service);
  // Proto3 leaves out what is empty.
  return name.length === 0
    ? name
    : Buffer.concat([Buffer.from([SERVICE_TAG]), encodeVarint(name.length), name]);
}

/**
 * Reads the status out of a `grpc.health.v1.HealthCheckResponse`; as protobuf has it, fields nobody knows are
 * skipped, the last value counts, and a missing one is 0.
 * @throws GrpcConnectionError when the bytes are no such message
 */
export function decodeHealthResponse(message: Buffer): number {
  let status = 0;
  let at = 0;
  while (at < message.length) {
    const tag = decodeVarint(message, at);
    at = tag.end;
    const field = Math.floor(tag.value / 8);
    const wireType = tag.value % 8;
    if (field === STATUS_FIELD && wireType === WIRE_TYPE.varint) {
      const value = decodeVarint(message, at);
      status = value.value;
      at = value.end;
    } else {
      at = endOfField(message, at, wireType);
    }
  }
  return status;
}

function endOfField(message: Buffer, at: number, wireType: number): number {
  let end: number;
  if (wireType === WIRE_TYPE.varint) end = decodeVarint(message, at).end;
  else if (wireType === WIRE_TYPE.fixed64) end = at + 8;
  else if (wireType === WIRE_TYPE.fixed32) end = at + 4;
  else if (wireType === WIRE_TYPE.bytes) {
    const length = decodeVarint(message, at);
    end = length.end + length.value;
  } else throw malformed();
  if (end > message.length) throw malformed();
  return end;
}

/** Exact up to 2^53; what is beyond is no length and no status that anybody knows. */
function decodeVarint(message: Buffer, start: number): { value: number; end: number } {
  let value = 0;
  for (let i = 0; i < MAX_VARINT_BYTES; i++) {
    const byte = message[start + i];
    if (byte === undefined) break;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  throw malformed();
}

function encodeVarint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return Buffer.from([...bytes, rest]);
}

function malformed(): GrpcConnectionError {
  return new GrpcConnectionError('the answer to the health check is no HealthCheckResponse');
}
