import fc from 'fast-check';

/** Where the shrinking of a trace stands. */
interface Progress {
  /** How many elements are cut out at once; 0 = the cutting is over. */
  readonly cut: number;
  /** Where the next cut or simplification begins. */
  readonly from: number;
  readonly contexts: readonly unknown[];
}

/**
 * Lists of an exact length. They shrink as a failing trace is best shrunk: ever smaller stretches are cut out
 * wherever they stand (delta debugging, after Zeller and Hildebrandt), then what is left is simplified one by one.
 * What has been tried before a cut succeeded is not tried again after it.
 */
class TraceArbitrary<T> extends fc.Arbitrary<T[]> {
  readonly #element: fc.Arbitrary<T>;
  readonly #length: number;

  constructor(element: fc.Arbitrary<T>, length: number) {
    super();
    this.#element = element;
    this.#length = length;
  }

  generate(mrng: fc.Random, biasFactor: number | undefined): fc.Value<T[]> {
    const elements = Array.from({ length: this.#length }, () => this.#element.generate(mrng, biasFactor));
    const contexts = elements.map((element) => element.context);
    return traceOf(
      elements.map((element) => element.value),
      { cut: Math.ceil(this.#length / 2), from: 0, contexts },
    );
  }

  canShrinkWithoutContext(_value: unknown): _value is T[] {
    return false;
  }

  shrink(trace: T[], context: unknown): fc.Stream<fc.Value<T[]>> {
    return fc.stream(this.#candidates(trace, context as Progress));
  }

  *#candidates(trace: T[], progress: Progress): IterableIterator<fc.Value<T[]>> {
    const { contexts } = progress;
    let { from } = progress;
    for (let cut = progress.cut; cut > 0; cut = cut === 1 ? 0 : Math.ceil(cut / 2), from = 0) {
      for (; from < trace.length; from += cut) {
        yield traceOf(without(trace, from, cut), { cut, from, contexts: without(contexts, from, cut) });
      }
    }
    for (let at = from; at < trace.length; at++) {
      for (const simpler of this.#element.shrink(trace[at]!, contexts[at])) {
        yield traceOf(trace.with(at, simpler.value), {
          cut: 0,
          from: at,
          contexts: contexts.with(at, simpler.context),
        });
      }
    }
  }
}

function traceOf<T>(elements: T[], progress: Progress): fc.Value<T[]> {
  return new fc.Value(elements, progress);
}

function without<T>(list: readonly T[], from: number, count: number): T[] {
  return [...list.slice(0, from), ...list.slice(from + count)];
}

/** A trace of exactly `length` elements. */
export function traceArbitrary<T>(element: fc.Arbitrary<T>, length: number): fc.Arbitrary<T[]> {
  return new TraceArbitrary(element, length);
}
