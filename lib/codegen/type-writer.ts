import type ts from 'typescript';
import { type ExportPlace, ModuleSpecifiers } from './module-specifiers.js';
import type { SourceProgram } from './source-program.js';
import { UnnamedTypeError } from './unnamed-type-error.js';

/** Writes types as they read from the output, and collects what must be imported for that. */
export class TypeWriter {
  readonly #source: SourceProgram;
  readonly #specifiers: ModuleSpecifiers;
  readonly #printer: ts.Printer;
  readonly #globals: ReadonlySet<string>;
  /** Names that no import may take. */
  readonly #taken: Set<string>;
  readonly #imports = new Map<string, Map<string, string>>();
  /** What stands for `this` in the source. */
  #self: ts.TypeNode | undefined;

  /** @param taken names that the output gives a meaning of its own */
  constructor(source: SourceProgram, output: string, taken: Iterable<string>) {
    const { ts, checker, scope } = source;
    this.#source = source;
    this.#specifiers = new ModuleSpecifiers(source, output);
    this.#printer = ts.createPrinter({ removeComments: true });
    const { Type, Namespace, Value } = ts.SymbolFlags;
    this.#globals = new Set(
      checker.getSymbolsInScope(scope, Type | Namespace | Value).map(({ name }) => name),
    );
    this.#taken = new Set(taken);
  }

  /** Imports the client's type, under a name that is free. */
  importClient(path: readonly string[], wanted: string): string {
    const [exported, ...inner] = path as [string, ...string[]];
    const place = { specifier: this.#specifiers.ofSource, name: exported };
    return [this.#localName(place, inner.length === 0 ? wanted : exported), ...inner].join('.');
  }

  /** Keeps imports from taking the name of a type parameter or of a global that is used. */
  reserve(node: ts.Node): void {
    const { ts } = this.#source;
    if (ts.isTypeParameterDeclaration(node)) this.#taken.add(node.name.text);
    if (ts.isTypeReferenceNode(node)) this.#taken.add(firstName(ts, node.typeName).text);
    if (ts.isTypeQueryNode(node) && !ts.isImportTypeNode(node.exprName)) {
      this.#taken.add(firstName(ts, node.exprName).text);
    }
    ts.forEachChild(node, (child) => this.reserve(child));
  }

  /** What `this` means. */
  set self(text: string) {
    this.#self = this.#source.ts.factory.createTypeReferenceNode(text);
  }

  /**
   * @param parameters the names of type parameters that have a meaning there
   * @throws UnnamedTypeError for a type that the output cannot name
   */
  write(node: ts.Node, parameters: ReadonlySet<string>): string {
    const { ts, scope } = this.#source;
    const named = this.#rewrite(node, new Set([...parameters, ...declaredIn(ts, node)]));
    return this.#printer
      .printNode(ts.EmitHint.Unspecified, named, scope)
      .replace(/\s*\n\s*/g, ' ')
      .replace(/;? \}/g, ' }');
  }

  /** The import declarations: the specifiers in order, what is imported from each in order. */
  imports(): Map<string, Map<string, string>> {
    return this.#imports;
  }

  #rewrite(root: ts.Node, parameters: ReadonlySet<string>): ts.Node {
    const { ts } = this.#source;
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isThisTypeNode(node) && this.#self !== undefined) return this.#self;
      if (ts.isImportTypeNode(node)) return this.#named(node, visit);
      if (ts.isTypeReferenceNode(node)) this.#checkName(firstName(ts, node.typeName).text, parameters);
      if (ts.isTypeQueryNode(node) && !ts.isImportTypeNode(node.exprName)) {
        this.#checkName(firstName(ts, node.exprName).text, parameters);
      }
      if (ts.isStringLiteral(node)) return ts.factory.createStringLiteral(node.text, true);
      const visited = ts.visitEachChild(node, visit, undefined);
      return ts.isTypeLiteralNode(visited) ? ts.setEmitFlags(visited, ts.EmitFlags.SingleLine) : visited;
    };
    return visit(root);
  }

  #named(node: ts.ImportTypeNode, visit: (node: ts.Node) => ts.Node): ts.Node {
    const { ts } = this.#source;
    const { factory } = ts;
    const file = (node.argument as ts.LiteralTypeNode & { literal: ts.StringLiteral }).literal.text;
    const [exported, ...inner] = node.qualifier === undefined ? [] : namesOf(ts, node.qualifier);
    const place = this.#specifiers.find(file, exported);
    if (place === undefined) throw new UnnamedTypeError(exported ?? file);
    const args = node.typeArguments?.map((argument) => visit(argument) as ts.TypeNode);
    if (exported === undefined || place.name === undefined) {
      const specifier = factory.createLiteralTypeNode(factory.createStringLiteral(place.specifier, true));
      return factory.createImportTypeNode(specifier, undefined, undefined, args, node.isTypeOf);
    }
    const wanted = exported === 'default' ? (place.declaredName ?? defaultName(file)) : exported;
    const local = factory.createIdentifier(this.#localName(place, wanted));
    const name = inner.reduce<ts.EntityName>(
      (left, right) => factory.createQualifiedName(left, right),
      local,
    );
    return node.isTypeOf
      ? factory.createTypeQueryNode(name, args)
      : factory.createTypeReferenceNode(name, args);
  }

  #checkName(name: string, parameters: ReadonlySet<string>): void {
    if (!this.#globals.has(name) && !parameters.has(name)) throw new UnnamedTypeError(name);
  }

  #localName({ specifier, name }: ExportPlace, wanted: string): string {
    const names = this.#imports.get(specifier) ?? new Map<string, string>();
    this.#imports.set(specifier, names);
    let local = names.get(name!);
    if (local === undefined) {
      local = wanted;
      for (let n = 2; this.#taken.has(local); n++) local = `${wanted}${n}`;
      this.#taken.add(local);
      names.set(name!, local);
    }
    return local;
  }
}

function firstName(ts: SourceProgram['ts'], name: ts.EntityName): ts.Identifier {
  return ts.isIdentifier(name) ? name : firstName(ts, name.left);
}

function namesOf(ts: SourceProgram['ts'], name: ts.EntityName): string[] {
  return ts.isIdentifier(name) ? [name.text] : [...namesOf(ts, name.left), name.right.text];
}

/** The type parameters that a type declares within itself. */
function declaredIn(ts: SourceProgram['ts'], node: ts.Node): string[] {
  const names: string[] = [];
  const look = (child: ts.Node): void => {
    if (ts.isTypeParameterDeclaration(child)) names.push(child.name.text);
    ts.forEachChild(child, look);
  };
  look(node);
  return names;
}

/** A name for what a file exports by default. */
function defaultName(file: string): string {
  const base = file.split('/').at(-1)!.replace(/\..*$/, '');
  const name = base.replace(/(?:^|[^\p{L}\p{N}]+)(\p{L})/gu, (_, letter: string) => letter.toUpperCase());
  return /^\p{L}[\p{L}\p{N}]*$/u.test(name) ? name : 'Imported';
}
