import { InvalidOptionError } from '../../pool/errors.js';
import type { ConfigIssue } from './config-error.js';
import { shown } from './config-path.js';
import { isSecret } from './redact.js';

/** What a discovery source itself says when it is given options that it does not take. */
export function refusal(take: () => unknown): ConfigIssue[] {
  try {
    take();
    return [];
  } catch (error) {
    if (!(error instanceof InvalidOptionError)) throw error;
    const { option, value, message } = error;
    const text = message.replace(/^option '.*?' /, '');
    const safe = isSecret([option], value) ? text.replace(/, got .*$/s, ', got one that is not shown') : text;
    return [{ path: `discovery.${option}`, message: shown(safe) }];
  }
}
