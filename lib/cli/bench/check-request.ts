import { isObject } from '../../pool/check-options.js';
import { describeValue } from '../../pool/errors.js';
import { nearestName } from '../../pool/nearest-name.js';
import { CliError } from '../exit-codes.js';
import { SCALARS } from './proto-scalars.js';
import type { ProtoField, ProtoMessage, ProtoTypes } from './proto-types.js';

/** What says of which type a `google.protobuf.Any` is. */
const ANY_TYPE = '@type';

/**
 * Refuses a request that does not fit its message. Whoever encodes it later would drop fields that it does not know,
 * and make zeros of words.
 * @throws CliError that tells everything that is wrong
 */
export function checkRequest(types: ProtoTypes, message: ProtoMessage, data: object): void {
  const check = new RequestCheck(types);
  check.message(message, data, '');
  if (check.problems.length === 0) return;
  throw new CliError(
    `--data is no ${message.fullName}:\n${check.problems.map((each) => `  ${each}`).join('\n')}`,
  );
}

class RequestCheck {
  readonly problems: string[] = [];

  constructor(private readonly types: ProtoTypes) {}

  message(message: ProtoMessage, data: unknown, path: string): void {
    if (!isObject(data)) this.#refuse(path, `an object (${message.fullName})`, data);
    else if (message.fullName === 'google.protobuf.Any' && data[ANY_TYPE] !== undefined)
      this.#any(data, path);
    else this.#fields(message, data, path);
  }

  #fields(message: ProtoMessage, data: Record<string, unknown>, path: string): void {
    const taken = new Map<number, string>();
    for (const [name, value] of Object.entries(data)) {
      const at = path === '' ? name : `${path}.${name}`;
      const field = message.fields.find((each) => each.name === name);
      if (field === undefined) this.#unknown(message, name, at);
      // As in the JSON of protobuf, null is what was left out.
      else if (value !== null) {
        this.#alone(field, taken, at);
        this.#field(message, field, value, at);
      }
    }
  }

  #unknown({ fullName, fields }: ProtoMessage, name: string, at: string): void {
    const known = fields.map((field) => field.name);
    const nearest = nearestName(name, known);
    const hint = nearest === undefined ? '' : `did you mean '${nearest}'? `;
    this.problems.push(`${at}: ${fullName} has no such field (${hint}it has ${known.join(', ') || 'none'})`);
  }

  /** Of the fields of a oneof only the last would be sent. */
  #alone({ name, oneofIndex }: ProtoField, taken: Map<number, string>, at: string): void {
    if (oneofIndex === undefined) return;
    const other = taken.get(oneofIndex);
    if (other === undefined) taken.set(oneofIndex, name);
    else this.problems.push(`${at}: excludes '${other}', of a oneof only one can be set`);
  }

  #field(message: ProtoMessage, field: ProtoField, value: unknown, at: string): void {
    const entry = this.types.entryOf(message, field);
    if (entry !== undefined) this.#map(entry, value, at);
    else if (field.label !== 'LABEL_REPEATED') this.#value(message, field, value, at);
    else if (!Array.isArray(value)) this.#refuse(at, 'an array', value);
    else for (const [i, each] of value.entries()) this.#value(message, field, each, `${at}[${i}]`);
  }

  #map(entry: ProtoMessage, value: unknown, at: string): void {
    if (!isObject(value)) {
      this.#refuse(at, 'an object (a map)', value);
      return;
    }
    const [key, held] = ['key', 'value'].map((name) => entry.fields.find((field) => field.name === name)!);
    const keys = SCALARS[key!.type]!;
    for (const [text, each] of Object.entries(value)) {
      if (!keys.acceptsKey?.(text)) this.#refuse(at, `a map, each key ${keys.wanted}`, text);
      this.#value(entry, held!, each, `${at}.${text}`);
    }
  }

  #value(message: ProtoMessage, field: ProtoField, value: unknown, at: string): void {
    const scalar = SCALARS[field.type];
    if (scalar !== undefined) {
      if (!scalar.accepts(value)) this.#refuse(at, scalar.wanted, value);
    } else if (field.type === 'TYPE_ENUM') {
      const names = this.types.enumOf(message, field) ?? [];
      const isOne = typeof value === 'string' ? names.includes(value) : SCALARS.TYPE_INT32!.accepts(value);
      if (!isOne) this.#refuse(at, `one of ${names.join(', ')}, or its number`, value);
    } else {
      const type = this.types.messageOf(message, field);
      if (type !== undefined) this.message(type, value, at);
    }
  }

  #any({ [ANY_TYPE]: type, ...values }: Record<string, unknown>, path: string): void {
    const name = typeof type === 'string' ? type.slice(type.lastIndexOf('/') + 1) : '';
    const message = this.types.message(name.replace(/^\./, ''));
    if (message !== undefined) this.message(message, values, path);
    else this.#refuse(`${path}.${ANY_TYPE}`, 'a message of the proto file or of what it imports', type);
  }

  #refuse(at: string, wanted: string, value: unknown): void {
    this.problems.push(`${at}: must be ${wanted}, got ${describeValue(value)}`);
  }
}
