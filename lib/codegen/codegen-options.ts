import { checkOptions, flagRule, type OptionRule, required, textRule } from '../pool/check-options.js';

/** What to wrap, and how. */
export interface GenerateOptions {
  /** A TypeScript file (or a `.js` file with its `.d.ts`), or the name of an installed package. */
  source: string;
  /** The exported interface, class or type alias; within a namespace `Namespace.Name`, `default` for the default export. */
  type: string;
  /** The name of the class to write. @default the type's name and `Pool` */
  wrapper?: string | undefined;
  /** The file to write. @default `./generated/<wrapper in snake case>/client.ts` */
  output?: string | undefined;
  /** The field of the class that holds the cluster. @default 'cluster' */
  poolField?: string | undefined;
  /** Whether calls carry their method's name, in snake case, for metrics and traces. @default true */
  metrics?: boolean | undefined;
  /** The directory that paths start from and packages are looked up in. @default the process's */
  cwd?: string | undefined;
}

const identifier: OptionRule = {
  allowed: 'a name for TypeScript, such as ClientPool',
  accepts: (v) => typeof v === 'string' && /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(v) && !RESERVED.has(v),
};

/** Words that cannot name a class. */
const RESERVED = new Set(
  (
    'any as async await bigint boolean break case catch class const constructor continue debugger default delete do ' +
    'else enum export extends false finally for function if implements import in instanceof interface let never new ' +
    'null number object package private protected public return static string super switch symbol this throw true ' +
    'try type typeof undefined unknown var void while with yield'
  ).split(' '),
);

const RULES: Record<keyof GenerateOptions, OptionRule> = {
  source: required(textRule),
  type: required({
    allowed: "a type's name, such as RPCClient or Namespace.Client",
    accepts: (v) => typeof v === 'string' && /^[\p{L}\p{N}_$]+(\.[\p{L}\p{N}_$]+)*$/u.test(v),
  }),
  wrapper: identifier,
  output: {
    allowed: 'the path of a .ts file',
    accepts: (v) => typeof v === 'string' && /\.[mc]?ts$/.test(v),
  },
  poolField: identifier,
  metrics: flagRule,
  cwd: textRule,
};

/** @throws InvalidOptionError */
export function checkGenerateOptions(options: GenerateOptions): void {
  checkOptions('options', options, RULES);
}
