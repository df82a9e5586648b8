import { InputBufferUnderrunError } from './input-buffer-underrun.js';

/** The part of the package's transports that reading needs. */
export interface WireTransport {
  borrow(): { readonly readIndex: number; readonly writeIndex: number };
  commitPosition(): void;
  rollbackPosition(): void;
  ensureAvailable(length: number): void;
}

/** The part of the package's protocols that reading needs. */
export interface WireProtocol {
  readonly trans: WireTransport;
  readMessageBegin(): { readonly fname: unknown; readonly mtype: unknown; readonly rseqid: unknown };
  readMapBegin(): { readonly size: number };
  readListBegin(): { readonly size: number };
  readSetBegin(): { readonly size: number };
  writeMessageBegin(name: string, type: number, seqid: number): void;
}

/** A protocol class of the package. */
export type WireProtocolClass = new (transport: WireTransport) => WireProtocol;

/** A transport class of the package. */
export interface WireTransportClass {
  new (buffer: undefined, onFlush: (message: Buffer) => void): WireTransport;
  receiver(
    onData: (transport: WireTransport) => void,
    seqid: undefined,
    maxLength: number,
  ): (chunk: Buffer) => void;
}

/** How messages are written and read on the connections of one dialer. */
export interface WireFormat {
  readonly transport: WireTransportClass;
  /** The transport hands over whole frames: data that runs out within one is an error, not a wait for more. */
  readonly framed: boolean;
  /** The protocol finds the end of a message before it reads it: data that runs out after its header is an error. */
  readonly delimited: boolean;
  readonly input: WireProtocolClass;
  readonly output: WireProtocolClass;
  /** Longest message that is read. */
  readonly maxFrameBytes: number;
  /** Longest method name an answer can have. */
  readonly maxNameBytes: number;
}

/**
 * The protocol, with a check on every container: a list, set or map has at least one byte for each element, so
 * one that claims more elements than there are bytes is not read. A claim can therefore never allocate more
 * than was sent.
 */
export function checkedInput(Protocol: WireProtocolClass, maxFrameBytes: number): WireProtocolClass {
  return class extends Protocol {
    override readMapBegin() {
      return this.#check(super.readMapBegin());
    }

    override readListBegin() {
      return this.#check(super.readListBegin());
    }

    override readSetBegin() {
      return this.#check(super.readSetBegin());
    }

    #check<T extends { readonly size: number }>(container: T): T {
      const { size } = container;
      if (!(size >= 0 && size <= maxFrameBytes)) {
        throw new Error(`a container of ${size} elements`);
      }
      if (size > this.trans.borrow().writeIndex) throw new InputBufferUnderrunError();
      return container;
    }
  };
}

/** The protocol, with every call addressed to one service of a server that multiplexes several. */
export function multiplexedOutput(Protocol: WireProtocolClass, serviceName: string): WireProtocolClass {
  return class extends Protocol {
    override writeMessageBegin(name: string, type: number, seqid: number): void {
      super.writeMessageBegin(`${serviceName}:${name}`, type, seqid);
    }
  };
}
