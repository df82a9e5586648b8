// The service of the demo, as the Thrift compiler would generate it for examples/thrift/echo.thrift, but in TypeScript,
// so that it is built and shipped like everything else. A test proves that the two understand each other.
import thrift from 'thrift';

const { MessageType, TApplicationException, TApplicationExceptionType, TException, Type } = thrift.Thrift;
type Protocol = thrift.TProtocol;
type ProtocolClass = new (transport: thrift.TTransport) => Protocol;

const FIELD = { message: 1, success: 0, error: 1, reason: 1, refused: 2 } as const;

/** Thrown by Echo for messages it is told to refuse: an answer of the service, not a failure of the connection. */
export class EchoError extends TException {
  override readonly name = 'EchoError';

  constructor(readonly reason: string) {
    super(reason);
  }
}

/** What a server of the service does. */
export interface EchoHandler {
  Ping(): Promise<void>;
  /** @throws EchoError */
  Echo(message: string): Promise<string>;
}

type Callback = (error: unknown, result?: string) => void;

/** The client's half; what the Thrift compiler's clients look like to those who wrap them. */
export class Client {
  _seqid = 0;
  readonly _reqs: Record<number, Callback> = {};

  constructor(
    readonly output: thrift.TTransport,
    readonly pClass: ProtocolClass,
  ) {}

  seqid(): number {
    return this._seqid;
  }

  new_seqid(): number {
    this._seqid += 1;
    return this._seqid;
  }

  /** Answers at once. Good as a heartbeat. */
  async Ping(): Promise<void> {
    await this.#call(() => this.send_Ping());
  }

  /** Gives the message back. */
  async Echo(message: string): Promise<string> {
    const answer = await this.#call(() => this.send_Echo(message));
    return answer!;
  }

  send_Ping(): void {
    this.#send('Ping', {});
  }

  send_Echo(message: string): void {
    this.#send('Echo', { message: [FIELD.message, message] });
  }

  recv_Ping(input: Protocol, type: number, seqid: number): void {
    this.#receive(input, type, seqid, (_success, callback) => callback(null));
  }

  recv_Echo(input: Protocol, type: number, seqid: number): void {
    this.#receive(input, type, seqid, (success, callback) =>
      success === undefined ? callback(new Error('Echo failed: unknown result')) : callback(null, success),
    );
  }

  #call(send: () => void): Promise<string | undefined> {
    this.new_seqid();
    return new Promise((resolve, reject) => {
      this._reqs[this.seqid()] = (error, result) =>
        error === null || error === undefined ? resolve(result) : reject(error);
      send();
    });
  }

  #send(method: string, fields: TextFields): void {
    const output = new this.pClass(this.output);
    output.writeMessageBegin(method, MessageType.CALL, this.seqid());
    writeStruct(output, `${method}_args`, fields);
    output.writeMessageEnd();
    this.output.flush();
  }

  #receive(
    input: Protocol,
    type: number,
    seqid: number,
    deliver: (success: string | undefined, callback: Callback) => void,
  ): void {
    const callback = this._reqs[seqid] ?? (() => {});
    delete this._reqs[seqid];
    if (type === MessageType.EXCEPTION) {
      const exception = new TApplicationException();
      exception.read(input);
      input.readMessageEnd();
      callback(exception);
      return;
    }
    const fields = readStruct(input, {
      [FIELD.success]: [Type.STRING, () => input.readString()],
      [FIELD.error]: [Type.STRUCT, () => readEchoError(input)],
    });
    input.readMessageEnd();
    const refusal = fields.get(FIELD.error);
    if (refusal === undefined) deliver(fields.get(FIELD.success) as string | undefined, callback);
    else callback(refusal);
  }
}

/** The server's half. */
export class Processor {
  readonly #handler: EchoHandler;

  constructor(handler: EchoHandler) {
    this.#handler = handler;
  }

  process(input: Protocol, output: Protocol): void {
    const { fname, rseqid } = input.readMessageBegin();
    const fields = readStruct(input, { [FIELD.message]: [Type.STRING, () => input.readString()] });
    input.readMessageEnd();
    const message = String(fields.get(FIELD.message) ?? '');
    void this.#answer(fname, message).then(({ type, write }) => {
      output.writeMessageBegin(fname, type, rseqid);
      write(output);
      output.writeMessageEnd();
      output.flush();
    });
  }

  async #answer(method: string, message: string): Promise<Answer> {
    const result = (write: (output: Protocol) => void) => ({ type: MessageType.REPLY, write });
    try {
      if (method === 'Ping') {
        await this.#handler.Ping();
        return result((output) => writeStruct(output, 'Ping_result', {}));
      }
      if (method === 'Echo') {
        const success = await this.#handler.Echo(message);
        return result((output) => writeStruct(output, 'Echo_result', { success: [FIELD.success, success] }));
      }
      return exceptionOf(TApplicationExceptionType.UNKNOWN_METHOD, `Unknown function ${method}`);
    } catch (error) {
      if (error instanceof EchoError) return result((output) => writeRefusal(output, error, message));
      return exceptionOf(TApplicationExceptionType.UNKNOWN, (error as Error).message);
    }
  }
}

interface Answer {
  readonly type: thrift.Thrift.MessageType;
  write(output: Protocol): void;
}

function exceptionOf(type: thrift.Thrift.TApplicationExceptionType, message: string): Answer {
  const exception = new TApplicationException(type, message);
  return { type: MessageType.EXCEPTION, write: (output) => exception.write(output) };
}

/** Fields by name: their ids and values. */
type TextFields = Readonly<Record<string, readonly [id: number, value: string]>>;

function writeStruct(output: Protocol, name: string, fields: TextFields): void {
  output.writeStructBegin(name);
  for (const [field, [id, value]] of Object.entries(fields)) {
    output.writeFieldBegin(field, Type.STRING, id);
    output.writeString(value);
    output.writeFieldEnd();
  }
  output.writeFieldStop();
  output.writeStructEnd();
}

function writeRefusal(output: Protocol, { reason }: EchoError, message: string): void {
  output.writeStructBegin('Echo_result');
  output.writeFieldBegin('error', Type.STRUCT, FIELD.error);
  writeStruct(output, 'EchoError', {
    reason: [FIELD.reason, reason],
    message: [FIELD.refused, message],
  });
  output.writeFieldEnd();
  output.writeFieldStop();
  output.writeStructEnd();
}

function readEchoError(input: Protocol): EchoError {
  const fields = readStruct(input, { [FIELD.reason]: [Type.STRING, () => input.readString()] });
  return new EchoError(String(fields.get(FIELD.reason) ?? ''));
}

/** Reads the fields that are known, by id, when they have the type that is known; skips the others. */
function readStruct(
  input: Protocol,
  known: Readonly<Record<number, readonly [type: thrift.Thrift.Type, read: () => unknown]>>,
): Map<number, unknown> {
  const fields = new Map<number, unknown>();
  input.readStructBegin();
  for (;;) {
    const { ftype, fid } = input.readFieldBegin();
    if (ftype === Type.STOP) break;
    const field = known[fid];
    if (field?.[0] === ftype) fields.set(fid, field[1]());
    else input.skip(ftype);
    input.readFieldEnd();
  }
  input.readStructEnd();
  return fields;
}
