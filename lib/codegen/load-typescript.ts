import { CodegenError } from './codegen-error.js';

/** The compiler's API. */
export type TypeScript = typeof import('typescript');

/**
 * Loads the compiler, which only the generator needs.
 * @throws CodegenError when it is not installed
 */
export async function loadTypeScript(
  load: () => Promise<{ default: TypeScript }> = () => import('typescript'),
): Promise<TypeScript> {
  try {
    return (await load()).default;
  } catch (cause) {
    throw new CodegenError(
      "the generator needs the package 'typescript': npm install --save-dev typescript",
      { cause },
    );
  }
}
