import { CodegenError } from './codegen-error.js';

/** The compiler's API. */
export type TypeScript = typeof import('typescript');

const NEEDED = "the generator needs the package 'typescript' from 5.5 up to 6";
const INSTALL = 'npm install --save-dev typescript@6';

/**
 * Loads the compiler, which only the generator needs. What the package exports since its version 7 is no compiler.
 * @throws CodegenError when it is not installed, or has no such API
 */
export async function loadTypeScript(
  load?: () => Promise<{ default: Partial<TypeScript> }>,
): Promise<TypeScript> {
  let loaded: Partial<TypeScript>;
  try {
    // Awaited right here in the try, by which bundlers know that the package may be missing.
    ({ default: loaded } = load === undefined ? await import('typescript') : await load());
  } catch (cause) {
    throw new CodegenError(`${NEEDED}: ${INSTALL}`, { cause });
  }
  if (!hasCompiler(loaded)) {
    const { version = 'what is installed' } = loaded;
    throw new CodegenError(`${NEEDED}; ${version} brings no compiler for it: ${INSTALL}`);
  }
  return loaded;
}

function hasCompiler(loaded: Partial<TypeScript>): loaded is TypeScript {
  return loaded.sys !== undefined && loaded.createProgram !== undefined;
}
