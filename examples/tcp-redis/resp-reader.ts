/** A reply of Redis, as its protocol (RESP2) has them. */
export type RespValue = string | number | null | RespError | RespValue[];

/** A reply that says what was wrong with a command; the connection is in order. */
export class RespError extends Error {
  override readonly name = 'RespError';
}

/** A command as Redis takes it: an array of byte strings. */
export function encodeCommand(args: readonly string[]): Buffer {
  const parts = args.map((arg) => `$${Buffer.byteLength(arg)}\r\n${arg}\r\n`);
  return Buffer.from(`*${args.length}\r\n${parts.join('')}`);
}

/** Puts one reply together from the chunks it comes in. */
export class RespReader {
  #received: Buffer = Buffer.alloc(0);
  #at = 0;

  /** Gives the reply once it is complete, `undefined` until then. */
  push(chunk: Buffer): RespValue | undefined {
    this.#received = Buffer.concat([this.#received, chunk]);
    this.#at = 0;
    const value = this.#value();
    if (value !== undefined && this.#at < this.#received.length) throw new Error('more than one reply came');
    return value;
  }

  #value(): RespValue | undefined {
    const line = this.#line();
    if (line === undefined) return undefined;
    const rest = line.slice(1);
    switch (line[0]) {
      case '+':
        return rest;
      case '-':
        return new RespError(rest);
      case ':':
        return Number(rest);
      case '$':
        return this.#bytes(Number(rest));
      case '*':
        return this.#list(Number(rest));
      default:
        throw new Error(`not a reply of Redis: ${JSON.stringify(line.slice(0, 40))}`);
    }
  }

  #line(): string | undefined {
    const end = this.#received.indexOf('\r\n', this.#at);
    if (end === -1) return undefined;
    const line = this.#received.toString('utf8', this.#at, end);
    this.#at = end + 2;
    return line;
  }

  #bytes(length: number): string | null | undefined {
    if (length === -1) return null;
    const end = this.#at + length;
    if (this.#received.length < end + 2) return undefined;
    const text = this.#received.toString('utf8', this.#at, end);
    this.#at = end + 2;
    return text;
  }

  #list(length: number): RespValue[] | null | undefined {
    if (length === -1) return null;
    const list: RespValue[] = [];
    while (list.length < length) {
      const item = this.#value();
      if (item === undefined) return undefined;
      list.push(item);
    }
    return list;
  }
}
