import { isShowable } from './config-path.js';

/** What a service may be called, in words. */
export const SERVICE_NAME_ALLOWED =
  "a name: any text that is not blank and has no control characters or line ends in it, except '__proto__'";

/**
 * Whether a service may be called so. The name stands in logs, in labels of metrics and, encoded, in URLs; `__proto__`
 * is no name because assigning to it would not add a service but change what the object inherits from.
 */
export function isServiceName(name: string): boolean {
  return name.trim() !== '' && isShowable(name) && name !== '__proto__';
}
