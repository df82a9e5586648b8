import type fc from 'fast-check';

/** What a run has seen: counts by name, or groups of them. */
export type Tally = Readonly<Record<string, number | Readonly<Record<string, number>>>>;

/** What is simulated. */
export interface Subject<TStep, TSettings extends object> {
  /** What names it on the command line, if anything. */
  readonly flag?: string;
  readonly settings: fc.Arbitrary<TSettings>;
  /** Traces of that many steps. */
  trace(steps: number): fc.Arbitrary<readonly TStep[]>;
  /**
   * Runs a trace; a pure function of its arguments.
   * @throws Violation
   */
  run(
    trace: readonly TStep[],
    settings: TSettings,
    narrate?: ((line: string) => void) | undefined,
  ): Promise<Tally>;
}
