import {
  checkOptions,
  functionRule,
  integerRule,
  limitRule,
  type OptionRule,
  required,
  textRule,
} from '../../pool/check-options.js';
import { InvalidOptionError } from '../../pool/errors.js';
import { type FrameCodec, isCodec } from './frame-codec.js';

/** Options of a {@link MuxConnection}. */
export interface MuxConnectionOptions {
  /** How frames look on the wire. */
  readonly codec: FrameCodec;
  /**
   * Longest answer that is accepted, in bytes, its header included. A longer one ends the connection as soon as it is
   * announced. An integer from the size of an answer's header. Requests are limited by the codec alone. @default 67108864 (64 MiB)
   */
  readonly maxFrameBytes?: number | undefined;
  /**
   * Longest a request waits for its answer when it says nothing itself, in ms. A request that runs out of time when
   * nothing at all was heard from the server for so long ends the connection. Above 0, or Infinity. @default 30000
   */
  readonly requestTimeoutMs?: number | undefined;
  /** The server's name in messages. @default its address */
  readonly peer?: string | undefined;
  /** Called once when the connection fails by itself; not when it is closed. */
  readonly onBroken?: ((error: Error) => void) | undefined;
}

/** What one request may be told. */
export interface MuxRequestOptions {
  /** Gives the request up: it rejects with the signal's `reason`. An answer that still comes is dropped. */
  readonly signal?: AbortSignal | undefined;
  /** Longest the request may take, in ms. 0 = no limit. @default the connection's `requestTimeoutMs` */
  readonly timeoutMs?: number | undefined;
}

/** The figures of one connection. */
export interface MuxStats {
  /** Requests whose callers wait for an answer. */
  readonly inFlight: number;
  /** Those of them that are not sent yet: the server takes no more at the moment. */
  readonly unsent: number;
  /** Requests given up whose answers may still come; their ids stay taken. */
  readonly abandoned: number;
  /** Requests ever made. */
  readonly requests: number;
  /** Requests that were answered in time. */
  readonly answers: number;
  /** Requests that ran out of time. */
  readonly timeouts: number;
  /** Answers dropped because their requests were given up. */
  readonly lateAnswers: number;
  /** Answers dropped because nobody knows their ids. */
  readonly unknownAnswers: number;
}

/** {@link MuxConnectionOptions} with every default filled in. */
export interface MuxSettings {
  readonly codec: FrameCodec;
  readonly maxFrameBytes: number;
  readonly requestTimeoutMs: number;
  readonly peer: string | undefined;
  readonly onBroken: (error: Error) => void;
}

const DEFAULT_MAX_FRAME_BYTES = 64 * 1_024 * 1_024;
const DEFAULT_REQUEST_TIMEOUT_MS = 30_000;

const RULES: Readonly<Record<keyof MuxConnectionOptions, OptionRule>> = {
  codec: required({ allowed: 'a FrameCodec, such as lengthPrefixed(...) or mindAlpha()', accepts: isCodec }),
  maxFrameBytes: integerRule(1),
  requestTimeoutMs: limitRule,
  peer: textRule,
  onBroken: functionRule,
};

/**
 * Checks the options and fills in the defaults.
 * @throws InvalidOptionError
 */
export function resolveMuxOptions(options: MuxConnectionOptions): MuxSettings {
  checkOptions('options', options, RULES);
  const { answerHeaderBytes } = options.codec;
  if (options.maxFrameBytes !== undefined && options.maxFrameBytes < answerHeaderBytes) {
    const allowed = `an integer from ${answerHeaderBytes}, the size of an answer's header`;
    throw new InvalidOptionError('maxFrameBytes', options.maxFrameBytes, allowed);
  }
  return Object.freeze({
    codec: options.codec,
    maxFrameBytes: options.maxFrameBytes ?? DEFAULT_MAX_FRAME_BYTES,
    requestTimeoutMs: options.requestTimeoutMs ?? DEFAULT_REQUEST_TIMEOUT_MS,
    peer: options.peer,
    onBroken: options.onBroken ?? (() => {}),
  });
}
