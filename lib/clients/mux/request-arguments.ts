import { unknownOption } from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import type { FrameCodec } from './frame-codec.js';
import type { MuxRequestOptions } from './mux-options.js';

/**
 * Checks what a request is told, without the cost of a general check: this is done for every request.
 * @throws InvalidOptionError
 */
export function checkRequestOptions(options: MuxRequestOptions): void {
  if (typeof options !== 'object' || options === null) {
    throw new InvalidOptionError('options', options, 'an object of signal and timeoutMs');
  }
  for (const name in options) {
    if (name !== 'signal' && name !== 'timeoutMs') {
      throw unknownOption(name, (options as Record<string, unknown>)[name], ['signal', 'timeoutMs']);
    }
  }
  const { signal, timeoutMs } = options;
  if (timeoutMs !== undefined && !(typeof timeoutMs === 'number' && timeoutMs >= 0)) {
    throw new InvalidOptionError('timeoutMs', timeoutMs, 'a number of ms from 0 (no limit)');
  }
  if (signal !== undefined && !(typeof signal?.aborted === 'boolean' && 'addEventListener' in signal)) {
    throw new InvalidOptionError('signal', signal, 'an AbortSignal');
  }
}

/**
 * Checks that a payload can be framed.
 * @throws InvalidOptionError
 */
export function checkPayload(payload: unknown, { maxPayloadBytes }: FrameCodec): void {
  if (!(payload instanceof Uint8Array)) {
    throw new InvalidOptionError('payload', payload, 'a Buffer or another Uint8Array');
  }
  if (payload.length > maxPayloadBytes) {
    const allowed = `at most ${maxPayloadBytes} for this codec`;
    throw new InvalidOptionError('payload.length', payload.length, allowed);
  }
}

/**
 * Gives a request id as the bigint it is on the wire.
 * @throws InvalidOptionError
 */
export function checkId(id: unknown, { maxId }: FrameCodec): bigint {
  const value = Number.isSafeInteger(id) ? BigInt(id as number) : id;
  if (typeof value === 'bigint' && value >= 0n && value <= maxId) return value;
  throw new InvalidOptionError('id', id, `a bigint, or a safe integer, from 0 to ${maxId}`);
}
