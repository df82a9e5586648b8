import thrift from 'thrift';
import type { Answer, GeneratedClient } from './guarded-client.js';
import { InputBufferUnderrunError } from './input-buffer-underrun.js';
import type { PendingCall, PendingCalls } from './pending-calls.js';
import type { WireFormat, WireProtocol, WireTransport } from './wire-format.js';

/** Message types of the Thrift wire protocols that a server may send. */
const REPLY = 2;
const EXCEPTION = 3;

/** Bytes a frame has before its content. */
const FRAME_HEADER_BYTES = 4;

/** Where the generated `recv_` finds the reader's own callback; calls in flight have ids from 1. */
const CAPTURE_SEQID = -1;

/** Longest part of a received value that an error message repeats. */
const MAX_QUOTE_LENGTH = 40;

/**
 * Reads answers off one connection and hands each to the call it belongs to. The package's own reader waits for
 * ever after most kinds of garbage; this one throws as soon as what was received cannot become the answer to a
 * call in flight.
 */
export class AnswerReader {
  readonly #wire: WireFormat;
  readonly #client: GeneratedClient;
  readonly #pending: PendingCalls;
  readonly #receive: (chunk: Buffer) => void;
  /** Bytes received that are not yet part of an answer handed over. */
  #unreadBytes = 0;
  /** The longest string that may come next: a method's name, then whatever a message may hold. */
  #longestString: number;
  #captured: { readonly error: unknown; readonly result: unknown } | undefined;
  readonly #capture: Answer = (error, result) => {
    this.#captured = { error, result };
  };

  constructor(wire: WireFormat, client: GeneratedClient, pending: PendingCalls) {
    this.#wire = wire;
    this.#client = client;
    this.#pending = pending;
    this.#longestString = wire.maxNameBytes;
    let checked: WireTransport | undefined;
    this.#receive = wire.transport.receiver(
      (transport) => {
        if (!wire.framed && transport !== checked) {
          this.#checkStrings(transport);
          checked = transport;
        }
        this.#readAll(transport);
      },
      undefined,
      wire.maxFrameBytes,
    );
  }

  /** Takes what the socket received. Throws when that is no answer; the reader must not be used after it. */
  push(chunk: Buffer): void {
    this.#unreadBytes += chunk.length;
    if (this.#pending.size > 0) this.#receive(chunk);
    if (this.#unreadBytes > 0 && this.#pending.size === 0) {
      throw new Error(`${this.#unreadBytes} bytes that no call asked for`);
    }
  }

  #readAll(transport: WireTransport): void {
    const messageBytes = bytesLeft(transport);
    if (messageBytes === 0) throw new Error('an empty frame');
    const input = new this.#wire.input(transport);
    try {
      while (bytesLeft(transport) > 0) this.#readOne(input);
    } catch (error) {
      if (!(error instanceof InputBufferUnderrunError)) throw error;
      if (this.#wire.framed) throw new Error('a frame that ends within a message', { cause: error });
      transport.rollbackPosition();
    }
    this.#unreadBytes = this.#wire.framed
      ? this.#unreadBytes - FRAME_HEADER_BYTES - messageBytes
      : bytesLeft(transport);
  }

  #readOne(input: WireProtocol): void {
    this.#longestString = this.#wire.maxNameBytes;
    const header = input.readMessageBegin();
    this.#longestString = this.#wire.maxFrameBytes;
    const call = this.#callFor(header);
    this.#client._reqs[CAPTURE_SEQID] = this.#capture;
    try {
      this.#client[`recv_${call.method}`]!(input, header.mtype, CAPTURE_SEQID);
    } catch (error) {
      if (!this.#wire.delimited || !(error instanceof InputBufferUnderrunError)) throw error;
      throw new Error('a message that lacks a part', { cause: error });
    }
    input.trans.commitPosition();
    this.#deliver(call);
  }

  #callFor(header: ReturnType<WireProtocol['readMessageBegin']>): PendingCall {
    const call = this.#pending.get(header.rseqid);
    if (call === undefined)
      throw new Error(`sequence id ${quote(header.rseqid)}, which no call in flight has`);
    if (String(header.fname) !== call.method) {
      throw new Error(`method '${quote(header.fname)}' in the answer to '${call.method}'`);
    }
    if (header.mtype !== REPLY && header.mtype !== EXCEPTION) {
      throw new Error(`message type ${quote(header.mtype)}`);
    }
    return call;
  }

  #deliver(call: PendingCall): void {
    const captured = this.#captured;
    this.#captured = undefined;
    if (captured === undefined) throw new Error(`nothing that recv_${call.method} understood`);
    const { _reqs } = this.#client;
    const answer = _reqs[call.seqid];
    delete _reqs[call.seqid];
    this.#pending.delete(call.seqid);
    if (answer !== undefined) callBack(answer, captured.error, captured.result);
  }

  /** Refuses a string at its length instead of waiting for bytes that will never fit. */
  #checkStrings(transport: WireTransport): void {
    const ensureAvailable = transport.ensureAvailable.bind(transport);
    transport.ensureAvailable = (length) => {
      if (length > this.#longestString) throw new Error(`a string of ${length} bytes`);
      ensureAvailable(length);
    };
  }
}

/**
 * Ends a call. A callback that throws is its owner's affair: the error surfaces as uncaught, as it does for any
 * callback, but not in the midst of reading.
 */
export function callBack(answer: Answer, error: unknown, result?: unknown): void {
  try {
    answer(asError(error), result);
  } catch (thrown) {
    process.nextTick(() => {
      throw thrown;
    });
  }
}

/** Generated code reports a result without a value as a string. */
function asError(error: unknown): unknown {
  if (typeof error !== 'string') return error;
  return new thrift.Thrift.TApplicationException(
    thrift.Thrift.TApplicationExceptionType.MISSING_RESULT,
    error,
  );
}

function bytesLeft(transport: WireTransport): number {
  const { readIndex, writeIndex } = transport.borrow();
  return writeIndex - readIndex;
}

function quote(received: unknown): string {
  return String(received).slice(0, MAX_QUOTE_LENGTH);
}
