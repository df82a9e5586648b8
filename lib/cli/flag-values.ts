import { InvalidArgumentError } from 'commander';
import { parseDuration } from '../manager/config/duration.js';

/** Reads a whole number from a flag's text. */
export function wholeNumber(from: number, to: number, note = ''): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (/^\d+$/.test(text) && value >= from && value <= to) return value;
    throw new InvalidArgumentError(`It must be a whole number from ${from} to ${to}${note}.`);
  };
}

/** Reads a time from a flag's text, a number of seconds or one with a unit as in a config, and gives ms. */
export function seconds(from: number, to: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const ms = text.trim() === '' || Number.isNaN(value) ? parseDuration(text) : value * 1_000;
    if (ms !== undefined && ms >= from * 1_000 && ms <= to * 1_000) return ms;
    throw new InvalidArgumentError(
      `It must be a number of seconds from ${from} to ${to}, or such a time with a unit: 500ms, 30s, 5m, 1h.`,
    );
  };
}

/** Reads a list of whole numbers, `1,2,4`; they come back in ascending order, each once. */
export function wholeNumbers(from: number, to: number): (text: string) => number[] {
  const one = wholeNumber(from, to);
  return (text) => {
    try {
      return [...new Set(text.split(',').map((part) => one(part.trim())))].sort((a, b) => a - b);
    } catch {
      throw new InvalidArgumentError(`It must be whole numbers from ${from} to ${to}, such as 1,2,4,8.`);
    }
  };
}

/** Reads JSON from a flag's text. */
export function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InvalidArgumentError(`It must be JSON: ${(error as Error).message}.`);
  }
}
