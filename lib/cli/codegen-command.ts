import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { type Command, Option } from 'commander';
import type { GeneratedWrapper, GenerateOptions } from '../codegen/index.js';
import { describeError } from '../pool/errors.js';
import { EXIT, type SetExitCode } from './exit-codes.js';
import { followInputs } from './follow-inputs.js';
import { catchInterrupt } from './load/interrupt.js';

interface CodegenOptions {
  source: string;
  type: string;
  wrapper?: string;
  output?: string;
  poolField?: string;
  metrics: boolean;
  watch?: boolean;
  check?: boolean;
}

/** `connpool codegen`: writes the typed wrapper of a client. */
export function addCodegen(program: Command, setExitCode: SetExitCode): void {
  program
    .command('codegen')
    .description('Write a class with the methods of a client, each of which is one call of a cluster.')
    .requiredOption('--source <file or package>', 'where the client is declared; it is read, never run')
    .requiredOption(
      '--type <name>',
      'the exported interface, class or type alias; Namespace.Name within a namespace',
    )
    .option('--wrapper <name>', "the class's name (default: the type's name and Pool)")
    .option('--output <file>', 'the file to write (default: ./generated/<wrapper in snake case>/client.ts)')
    .option('--pool-field <name>', 'the field that holds the cluster (default: cluster)')
    .option('--no-metrics', "leave out the methods' names that metrics and traces go by")
    .option('--watch', 'write the file anew whenever the source changes, until interrupted')
    .addOption(
      new Option('--check', 'write nothing: exit with 1 and a diff when the file is out of date').conflicts(
        'watch',
      ),
    )
    .addHelpText('after', HELP)
    .action(async (options: CodegenOptions) => {
      const { watch, check, ...rest } = options;
      if (watch) await follow(rest);
      else if (check) setExitCode(await compare(rest));
      else await write(await generate(rest));
    });
}

const HELP = `
Examples:
  connpool codegen --source ./client.ts --type RPCClient
  connpool codegen --source ./gen-nodejs/EchoService.js --type Client --wrapper EchoPool --output src/echo-pool.ts
  connpool codegen --source ./client.ts --type RPCClient --check      in CI`;

async function generate(options: GenerateOptions): Promise<GeneratedWrapper> {
  const { generateWrapper } = await import('../codegen/index.js');
  return generateWrapper(options);
}

/** Writes what has changed, so that whoever follows the file is not woken for nothing. */
async function write({ file, text }: GeneratedWrapper): Promise<void> {
  const isNew = (await contentOf(file)) !== text;
  if (isNew) {
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  console.log(`${shown(file)} ${isNew ? 'written' : 'is up to date'}`);
}

async function compare(options: GenerateOptions): Promise<number> {
  const { lineDiff } = await import('../codegen/index.js');
  const { file, text } = await generate(options);
  const found = await contentOf(file);
  if (found === text) {
    console.log(`${shown(file)} is up to date`);
    return EXIT.ok;
  }
  if (found === undefined) console.log(`${shown(file)} does not exist`);
  else console.log(`${shown(file)} is out of date:\n${lineDiff(found, text)}`);
  return EXIT.bad;
}

async function follow(options: GenerateOptions): Promise<void> {
  using interrupt = catchInterrupt();
  // What cannot be wrapped now is a matter of usage; later it is a source that somebody is still writing.
  let startedAt = Date.now();
  const first = await generate(options);
  await write(first);
  console.error(`connpool: watching ${shown(options.source)}; Ctrl-C ends it`);
  let { inputs } = first;
  while (await followInputs(inputs, startedAt, interrupt.signal)) {
    startedAt = Date.now();
    try {
      const generated = await generate(options);
      inputs = generated.inputs;
      await write(generated);
    } catch (error) {
      console.error(`connpool: ${describeError(error)}`);
    }
  }
}

/** Undefined for a file that is not there. */
async function contentOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function shown(file: string): string {
  return path.relative('.', file);
}
