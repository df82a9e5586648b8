export type { GenerateOptions } from './codegen-options.js';
export { type GeneratedWrapper, generateWrapper } from './generate-wrapper.js';
export { lineDiff } from './line-diff.js';
