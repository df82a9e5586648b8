/**
 * Many requests under way on one TCP connection.
 *
 * @module connpool/mux
 */
export type { AnswerHeader, FrameCodec } from './frame-codec.js';
export { type LengthPrefixedOptions, lengthPrefixed } from './length-prefixed.js';
export { mindAlpha } from './mind-alpha.js';
export { MuxConnection } from './mux-connection.js';
export {
  MuxClosedError,
  MuxConnectionError,
  MuxIdError,
  MuxProtocolError,
  MuxTimeoutError,
} from './mux-errors.js';
export type { MuxConnectionOptions, MuxRequestOptions, MuxStats } from './mux-options.js';
export { type MuxPoolLimits, type MuxPoolOptions, muxPool } from './mux-pool.js';
export { muxRequest } from './mux-request.js';
