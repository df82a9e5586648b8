import type { Page } from 'playwright-core';

type Rgba = readonly [number, number, number, number];

/** A text with its colour and the colours behind it, the farthest first. */
interface VisibleText {
  readonly text: string;
  readonly ink: string;
  readonly grounds: readonly string[];
}

/** Texts on the page whose contrast with what is behind them is below that of WCAG AA, 4.5 to 1. */
export async function faintTexts(page: Page): Promise<string[]> {
  const faint = new Set<string>();
  for (const { text, ink, grounds } of await page.evaluate<readonly VisibleText[]>('inPage.visibleTexts()')) {
    const ground = grounds.map(parse).reduce(over);
    const [a, b] = [luminance(over(ground, parse(ink))), luminance(ground)];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) faint.add(`${text}: ${contrast.toFixed(2)}`);
  }
  return [...faint];
}

/** Browsers say `rgb(1, 2, 3)`, `rgba(1, 2, 3, 0.5)` or `color(srgb 0.1 0.2 0.3 / 0.5)`. */
function parse(colour: string): Rgba {
  const [r = 0, g = 0, b = 0, alpha = 1] = (colour.match(/[\d.]+(?:e-?\d+)?/g) ?? []).map(Number);
  const scale = colour.startsWith('color(srgb') ? 1 : 255;
  return [r / scale, g / scale, b / scale, alpha];
}

function over(below: Rgba, above: Rgba): Rgba {
  const alpha = above[3];
  const mix = (i: 0 | 1 | 2) => above[i] * alpha + below[i] * (1 - alpha);
  return [mix(0), mix(1), mix(2), 1];
}

function luminance([r, g, b]: Rgba): number {
  const [lr, lg, lb] = [r, g, b].map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * lr! + 0.7152 * lg! + 0.0722 * lb!;
}
