import { ConnPoolError } from '../../pool/errors.js';

/** One thing that is wrong with a config. */
export interface ConfigIssue {
  /** Where, such as `services.users.pool.maxActive`; empty for the whole. */
  readonly path: string;
  /** What is wrong and what is allowed. */
  readonly message: string;
}

/** A config cannot be used: `ERR_CONFIG`. Names everything that is wrong with it at once. */
export class ConfigError extends ConnPoolError {
  /** The file, or undefined for a config that came as an object. */
  readonly file: string | undefined;
  readonly issues: readonly ConfigIssue[];

  constructor(file: string | undefined, issues: readonly ConfigIssue[], cause?: unknown) {
    const where = file ?? 'config';
    const lines = issues.map(({ path, message }) => `  ${path === '' ? '(top)' : path}: ${message}`);
    super(
      'ERR_CONFIG',
      `${where} cannot be used:\n${lines.join('\n')}`,
      cause === undefined ? {} : { cause },
    );
    this.file = file;
    this.issues = issues;
  }
}
