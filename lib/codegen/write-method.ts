import type { Method } from './collect-members.js';
import { commentOf, fitted, LINE_WIDTH } from './layout.js';
import { snakeCase } from './snake-case.js';
import type { SupportFunction } from './support-functions.js';
import type { WrittenParameter, WrittenSignature } from './written-method.js';

/** What is written around a method. */
export interface MethodSetting {
  /** `this.cluster` */
  readonly cluster: string;
  /** The client's type. */
  readonly client: string;
  readonly metrics: boolean;
  /** Notes that the output needs a function. */
  need(name: SupportFunction): void;
}

/** The text of a wrapped method, indented by two spaces. */
export function writeMethod(
  method: Method,
  signatures: readonly WrittenSignature[],
  exact: boolean,
  setting: MethodSetting,
): string {
  const [first] = method.overloads;
  const isPlain =
    exact && signatures.length === 1 && first!.callback === undefined && first!.returns === 'value';
  if (isPlain) return writePlain(method, signatures[0]!, setting);
  const declared = signatures.map(
    (signature) => `${commentOf(signature.doc, '  ')}${headOf(method, signature)};`,
  );
  const body = bodyOf(method, setting).map((line) => `${line}\n`);
  return `${declared.join('\n')}\n  ${keyOf(method.name)}(...args: unknown[]): Promise<unknown> {\n${body.join('')}  }`;
}

/** One signature, whose parameters are passed on as they are. */
function writePlain(method: Method, signature: WrittenSignature, setting: MethodSetting): string {
  const [overload] = method.overloads;
  const last = signature.parameters.at(-1);
  const signal = overload!.signal;
  const taken = new Set(signature.parameters.map(({ name }) => name));
  const client = free('client', taken);
  const call = free('call', taken);
  const passed = signature.parameters.map((parameter) => {
    if (parameter !== last || signal === undefined) return `${parameter.rest ? '...' : ''}${parameter.name}`;
    if (signal === 'signal') return parameter.optional ? `${call}.signal` : `${call}.signal ?? ${last.name}`;
    setting.need('withSignal');
    return `withSignal(${last.name}, ${call}.signal)`;
  });
  const given = signal === undefined ? client : `${client}, ${call}`;
  const fn = `(${given}) => ${client}${accessOf(method)}(${passed.join(', ')})`;
  const options = optionsOf(method, setting, signal && signalText(signal, last!));
  const body = fitted(`return ${setting.cluster}.do`, [fn, ...options], ';', '    ');
  return `${commentOf(signature.doc, '  ')}${headOf(method, signature)} {\n${body}\n  }`;
}

function signalText(kind: 'signal' | 'option', { name, type, optional }: WrittenParameter): string {
  const text =
    kind === 'signal' ? name : `${name}${optional || /\bundefined\b|\bnull\b/.test(type) ? '?.' : '.'}signal`;
  const orNull = kind === 'option' || /\bnull\b/.test(type);
  return text === 'signal' && !orNull ? 'signal' : `signal: ${text}${orNull ? ' ?? undefined' : ''}`;
}

/** Several signatures, or one whose call does not end when it returns: arguments are told apart as they come. */
function bodyOf(method: Method, setting: MethodSetting): string[] {
  const { overloads } = method;
  const hasSignal = overloads.some(({ signal }) => signal !== undefined);
  const callbacks = overloads.filter(({ callback }) => callback !== undefined);
  const key = accessOf({ ...method, optional: false });
  const apply = (args: string) => {
    const applied = `Reflect.apply(client${key}, client, ${args})`;
    return method.optional ? `client${key} && ${applied}` : applied;
  };
  const signalFrom = (last: string) => (hasSignal ? `signal: signalOf(${last})` : undefined);
  if (hasSignal) setting.need('signalOf');
  if (callbacks.length === 0) {
    const options = optionsOf(method, setting, signalFrom('args.at(-1)'));
    return [plainCall(overloads, apply('args'), options, setting)];
  }
  setting.need('untilCalledBack');
  const lines = [`    const isCalledBack = typeof args.at(-1) === 'function';`];
  const options = optionsOf(method, setting, signalFrom('args.at(isCalledBack ? -2 : -1)')).at(0) ?? '{}';
  lines.push(`    const options = ${options};`);
  lines.push(`    const send = (client: ${setting.client}, args: unknown[]) => ${apply('args')};`);
  lines.push(`    if (isCalledBack) return untilCalledBack(${setting.cluster}, args, send, options);`);
  const isNative = callbacks.length < overloads.length;
  if (isNative || callbacks.some(({ returns }) => returns !== 'value')) {
    lines.push(plainCall(overloads, 'send(client, args)', ['options'], setting));
  } else {
    setting.need('promised');
    lines.push(`    return promised(${setting.cluster}, args, send, options);`);
  }
  return lines;
}

function plainCall(
  overloads: Method['overloads'],
  call: string,
  options: readonly string[],
  setting: MethodSetting,
): string {
  const kinds = new Set(
    overloads.filter(({ callback }) => callback === undefined).map(({ returns }) => returns),
  );
  const held = kinds.has('stream') ? 'whileOpen' : kinds.has('iterable') ? 'whileRead' : undefined;
  if (held === undefined)
    return fitted(`return ${setting.cluster}.do`, [`(client) => ${call}`, ...options], ';', '    ');
  setting.need(held);
  return fitted(`return ${held}`, [setting.cluster, `(client) => ${call}`, options[0] ?? '{}'], ';', '    ');
}

function optionsOf(method: Method, { metrics }: MethodSetting, signal: string | undefined): string[] {
  const parts = [...(metrics ? [`method: '${snakeCase(method.name)}'`] : []), ...(signal ? [signal] : [])];
  return parts.length === 0 ? [] : [`{ ${parts.join(', ')} }`];
}

function headOf({ name }: Method, { typeParameters, parameters, returns }: WrittenSignature): string {
  const texts = parameters.map(
    ({ name, type, optional, rest }) => `${rest ? '...' : ''}${name}${optional ? '?' : ''}: ${type}`,
  );
  const start = `  ${keyOf(name)}${typeParameters}(`;
  const line = `${start}${texts.join(', ')}): ${returns}`;
  if (line.length + 2 <= LINE_WIDTH || texts.length === 0) return line;
  const comma = parameters.at(-1)!.rest ? '' : ',';
  return `${start}\n    ${texts.join(',\n    ')}${comma}\n  ): ${returns}`;
}

const IDENTIFIER = /^[\p{L}_$][\p{L}\p{N}_$]*$/u;

function keyOf(name: string): string {
  return IDENTIFIER.test(name) ? name : JSON.stringify(name).replace(/^"(.*)"$/, "'$1'");
}

function accessOf({ name, optional }: Pick<Method, 'name' | 'optional'>): string {
  if (IDENTIFIER.test(name)) return `.${name}${optional ? '?.' : ''}`;
  return `[${keyOf(name)}]${optional ? '?.' : ''}`;
}

function free(name: string, taken: ReadonlySet<string>): string {
  let found = name;
  for (let n = 2; taken.has(found); n++) found = `${name}${n}`;
  return found;
}
