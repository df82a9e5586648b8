import assert from 'node:assert/strict';

interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One look at the metrics. */
export class Scrape {
  /** By name. */
  readonly types = new Map<string, string>();
  readonly #samples: Sample[] = [];

  constructor(text: string) {
    for (const line of text.split('\n')) {
      const [, name, type] = /^# TYPE (\S+) (\S+)$/.exec(line) ?? [];
      if (name !== undefined) this.types.set(name, type!);
      const sample = /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (sample === null || line.startsWith('#')) continue;
      const pairs = [...(sample[2] ?? '').matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)];
      const labels = Object.fromEntries(pairs.map(([, label, value]) => [label!, value!]));
      this.#samples.push({ name: sample[1]!, labels, value: Number(sample[3]) });
    }
  }

  static async of(url: string): Promise<Scrape> {
    const response = await fetch(url);
    assert.equal(response.status, 200);
    return new Scrape(await response.text());
  }

  /** The sum over all series of a name that have these labels. */
  sum(name: string, labels: Readonly<Record<string, string>> = {}): number {
    return this.#of(name, labels).reduce((sum, { value }) => sum + value, 0);
  }

  /** The sums by the value of a label. */
  values(name: string, by: string, labels: Readonly<Record<string, string>> = {}): Record<string, number> {
    const values: Record<string, number> = {};
    for (const sample of this.#of(name, labels)) {
      const key = sample.labels[by] ?? '';
      values[key] = (values[key] ?? 0) + sample.value;
    }
    return values;
  }

  #of(name: string, labels: Readonly<Record<string, string>>): Sample[] {
    return this.#samples.filter(
      (sample) =>
        sample.name === name && Object.entries(labels).every(([key, value]) => sample.labels[key] === value),
    );
  }
}
