/** A field of a message, as `google/protobuf/descriptor.proto` describes it. */
export interface ProtoField {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName?: string;
  /** Which of the message's groups it belongs to of whose fields only one can be set. */
  readonly oneofIndex?: number;
}

/** A message in words that can be looked up. */
export interface ProtoMessage {
  /** Its full name, what its fields' types are looked up from. */
  readonly fullName: string;
  readonly fields: readonly ProtoField[];
}

interface EnumDescriptor {
  readonly name: string;
  readonly value: readonly { readonly name: string }[];
}

interface MessageDescriptor {
  readonly name: string;
  readonly field: readonly ProtoField[];
  readonly nestedType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly options?: { readonly mapEntry?: boolean } | null;
}

interface FileDescriptor {
  readonly package?: string;
  readonly messageType: readonly MessageDescriptor[];
  readonly enumType: readonly EnumDescriptor[];
  readonly service: readonly {
    readonly name: string;
    readonly method: readonly { readonly name: string; readonly inputType: string }[];
  }[];
}

/** What describes a method that was loaded from a proto file. */
interface Described {
  readonly requestType: { readonly fileDescriptorProtos: readonly Buffer[] };
}

/** The messages and enums of a proto file and of what it imports. */
export class ProtoTypes {
  readonly #messages = new Map<string, ProtoMessage>();
  /** What a map's entries are: these have no name in the file and may share one with a message. */
  readonly #entries = new Map<string, ProtoMessage>();
  readonly #enums = new Map<string, readonly string[]>();
  /** The request of each method, by `service/method`. */
  readonly #requests = new Map<string, string>();

  private constructor(files: readonly FileDescriptor[]) {
    for (const { package: scope = '', messageType, enumType, service } of files) {
      this.#add(scope, messageType, enumType);
      for (const { name, method } of service) {
        for (const { name: called, inputType } of method) {
          this.#requests.set(`${within(scope, name)}/${called}`, inputType);
        }
      }
    }
  }

  /** Reads what describes a method, which is all of its file. */
  static async of({ requestType }: Described): Promise<ProtoTypes> {
    const { load } = await import('@grpc/proto-loader');
    const described = await load('google/protobuf/descriptor.proto', { enums: String, arrays: true });
    const file = described['google.protobuf.FileDescriptorProto'] as unknown as {
      deserialize(bytes: Buffer): FileDescriptor;
    };
    return new ProtoTypes(requestType.fileDescriptorProtos.map((bytes) => file.deserialize(bytes)));
  }

  /** What a method takes. */
  requestOf(service: string, method: string): ProtoMessage {
    const name = this.#requests.get(`${service}/${method}`);
    const found = name === undefined ? undefined : lookUp(this.#messages, service, name);
    if (found === undefined) throw new Error(`BUG: nothing describes the request of ${service}/${method}`);
    return found;
  }

  /** The message that a field of another one is. */
  messageOf({ fullName }: ProtoMessage, { typeName }: ProtoField): ProtoMessage | undefined {
    return typeName === undefined ? undefined : lookUp(this.#messages, fullName, typeName);
  }

  /** The message of this full name. */
  message(name: string): ProtoMessage | undefined {
    return this.#messages.get(name);
  }

  /** The names that the value of a field can have. */
  enumOf({ fullName }: ProtoMessage, { typeName }: ProtoField): readonly string[] | undefined {
    return typeName === undefined ? undefined : lookUp(this.#enums, fullName, typeName);
  }

  /** The key and the value of a field that is a map. */
  entryOf({ fullName }: ProtoMessage, field: ProtoField): ProtoMessage | undefined {
    const { name, typeName = '' } = field;
    const full = within(fullName, typeName);
    const isOwn = typeName.toLowerCase() === name.toLowerCase() || !this.#messages.has(full);
    return isOwn ? this.#entries.get(full) : undefined;
  }

  #add(scope: string, messages: readonly MessageDescriptor[], enums: readonly EnumDescriptor[]): void {
    for (const { name, value } of enums) {
      this.#enums.set(
        within(scope, name),
        value.map((each) => each.name),
      );
    }
    for (const { name, field, nestedType, enumType, options } of messages) {
      const fullName = within(scope, name);
      const kept = options?.mapEntry ? this.#entries : this.#messages;
      kept.set(fullName, { fullName, fields: field });
      this.#add(fullName, nestedType, enumType);
    }
  }
}

/** Names are looked up from the inside out; one that begins with a dot is a full one. */
function lookUp<T>(known: ReadonlyMap<string, T>, from: string, name: string): T | undefined {
  if (name.startsWith('.')) return known.get(name.slice(1));
  for (let scope = from; ; scope = scope.slice(0, Math.max(0, scope.lastIndexOf('.')))) {
    const found = known.get(within(scope, name));
    if (found !== undefined || scope === '') return found;
  }
}

function within(scope: string, name: string): string {
  return scope === '' ? name : `${scope}.${name}`;
}
