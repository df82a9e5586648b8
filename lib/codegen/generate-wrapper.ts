import path from 'node:path';
import { checkGenerateOptions, type GenerateOptions } from './codegen-options.js';
import { collectMembers } from './collect-members.js';
import { commandOf } from './command-of.js';
import { findClientType } from './find-client-type.js';
import { loadTypeScript } from './load-typescript.js';
import { snakeCase } from './snake-case.js';
import { readSource } from './source-program.js';
import { writeWrapper } from './write-wrapper.js';

/** What was generated; nothing is written to disk. */
export interface GeneratedWrapper {
  /** The absolute path that it is meant for. */
  readonly file: string;
  readonly text: string;
  /** The user's own files that it was made of, absolute. */
  readonly inputs: readonly string[];
}

/**
 * Reads a type and gives the text of a class with the same methods, each of which is one call of a cluster. The
 * source is only read, never run. The same source and options give the same text.
 *
 * @example
 * const { file, text } = await generateWrapper({ source: './client.ts', type: 'RPCClient' });
 * @throws InvalidOptionError; CodegenError for what cannot be wrapped, and when no `typescript` is installed that brings a compiler
 */
export async function generateWrapper(options: GenerateOptions): Promise<GeneratedWrapper> {
  checkGenerateOptions(options);
  const ts = await loadTypeScript();
  const cwd = path.resolve(options.cwd ?? '.');
  const source = readSource(
    ts,
    options.source,
    path.resolve(cwd, options.output ?? 'generated/client.ts'),
    cwd,
  );
  const client = findClientType(source, options.type);
  const wrapper = options.wrapper ?? `${client.name}Pool`;
  const file = path.resolve(cwd, options.output ?? `generated/${snakeCase(wrapper)}/client.ts`);
  const poolField = options.poolField ?? 'cluster';
  const members = collectMembers(source, client, new Set([...OWN_MEMBERS, poolField]));
  const metrics = options.metrics ?? true;
  const text = writeWrapper({
    source,
    client,
    members,
    wrapper,
    poolField,
    metrics,
    file,
    command: commandOf(options),
  });
  const inputs = source.program
    .getSourceFiles()
    .map(({ fileName }) => fileName)
    .filter((name) => name !== source.scope.fileName && !name.includes('/node_modules/'));
  return { file, text, inputs: inputs.map((name) => path.resolve(name)) };
}

/** What the wrapper has beside the client's methods. */
const OWN_MEMBERS = ['constructor', 'addClient', 'addEndpoint', 'use', 'close'];
