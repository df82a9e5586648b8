import fc from 'fast-check';
import type { Options } from '../../../lib/clients/generic-pool/index.js';
import { type FakeTime, fakeTime } from './fake-time.js';
import type { Rig } from './rig.js';
import { settle, Twins } from './twins.js';

const SEED = 20_240_611;
const RUNS = 150;

interface Step {
  readonly name: string;
  readonly act?: (rig: Rig) => void;
  readonly ms?: number;
}

const nth = fc.nat(7);
const acquire = fc
  .option(fc.integer({ min: -1, max: 4 }), { nil: undefined })
  .map((priority): Step => ({ name: `acquire(${priority})`, act: (rig) => rig.acquire(priority) }));
const giveBack = fc
  .tuple(fc.constantFrom('release' as const, 'destroy' as const), nth)
  .map(([how, n]): Step => ({ name: `${how}(${n})`, act: (rig) => rig.giveBack(how, n) }));
const stranger = fc
  .constantFrom('release' as const, 'destroy' as const)
  .map((how): Step => ({ name: `${how}(stranger)`, act: (rig) => rig.giveBackStranger(how) }));
const use = fc
  .constantFrom('returns' as const, 'rejects' as const)
  .map((outcome): Step => ({ name: `use(${outcome})`, act: (rig) => rig.use(outcome) }));
const finishCreate = fc.constant<Step>({ name: 'finishCreate', act: (rig) => rig.finishCreate() });
const pass = fc.constantFrom(1, 30, 60, 250).map((ms): Step => ({ name: `pass(${ms})`, ms }));
const undestroyable = fc
  .nat(12)
  .map((id): Step => ({ name: `undestroyable(${id})`, act: (rig) => rig.behaviour.undestroyable.add(id) }));

const poison = nth.map((n): Step => ({ name: `poison(${n})`, act: (rig) => rig.poison(n) }));

const kinds = [
  { weight: 6, arbitrary: acquire },
  { weight: 6, arbitrary: giveBack },
  { weight: 4, arbitrary: finishCreate },
  { weight: 2, arbitrary: use },
  { weight: 2, arbitrary: pass },
  { weight: 1, arbitrary: stranger },
  { weight: 1, arbitrary: undestroyable },
];
const steps = (...further: { weight: number; arbitrary: fc.Arbitrary<Step> }[]) =>
  fc.array(fc.oneof(...kinds, ...further), { minLength: 5, maxLength: 40 });

const options: fc.Arbitrary<Options> = fc
  .record(
    {
      max: fc.integer({ min: 1, max: 4 }),
      min: fc.integer({ min: 0, max: 4 }),
      fifo: fc.boolean(),
      autostart: fc.boolean(),
      priorityRange: fc.integer({ min: 1, max: 3 }),
      maxWaitingClients: fc.integer({ min: 0, max: 4 }),
      acquireTimeoutMillis: fc.constantFrom(50, 100),
      destroyTimeoutMillis: fc.constantFrom(40),
      evictionRunIntervalMillis: fc.constantFrom(25),
      numTestsPerEvictionRun: fc.integer({ min: 1, max: 4 }),
      softIdleTimeoutMillis: fc.constantFrom(40),
      idleTimeoutMillis: fc.constantFrom(70, 10_000),
    },
    { requiredKeys: ['max'] },
  )
  .map((record) => record as Options);

describe('generic-pool: random sequences on the original and on ours', function () {
  this.timeout(60_000);
  let clock: FakeTime;
  beforeEach(() => {
    clock = fakeTime();
  });
  afterEach(() => clock.uninstall());

  async function run(twins: Twins, sequence: readonly Step[]): Promise<void> {
    await settle();
    await twins.step('start', (rig) => rig.pool.start());
    for (const step of sequence) {
      if (step.act !== undefined) await twins.step(step.name, step.act);
      else await twins.pass(step.ms ?? 0);
    }
    await giveEverythingBack(twins);
    await twins.step('drain', (rig) => rig.wait('drain'));
  }

  /** Ends what a sequence left open, so that nothing waits for ever. */
  async function giveEverythingBack(twins: Twins): Promise<void> {
    while (twins.ours.pool.pending > 0 || twins.ours.held.length > 0 || twins.ours.pendingCreates > 0) {
      await twins.step('finishCreate at the end', (rig) => rig.finishCreate());
      await twins.step('release at the end', (rig) => rig.giveBack('release', 0));
    }
  }

  for (const slowCreate of [false, true]) {
    it(`shows a user the same with creations that end ${slowCreate ? 'when the script says' : 'at once'}`, async () => {
      await fc.assert(
        fc.asyncProperty(options, steps(), async (given, sequence) => {
          await run(new Twins(clock, given, { slowCreate }), sequence);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  }

  for (const slowCreate of [false, true]) {
    const how = slowCreate ? 'and slow creations' : 'and creations that end at once';
    it(`shows a user the same with testOnBorrow, resources that turn invalid ${how}`, async () => {
      await fc.assert(
        fc.asyncProperty(options, steps({ weight: 2, arbitrary: poison }), async (given, sequence) => {
          // min: 0, because ours validates what it makes to keep min, and what that delays is idle a little later.
          const tested = { ...given, testOnBorrow: true, min: 0 };
          await run(new Twins(clock, tested, { hasValidate: true, slowCreate }), sequence);
        }),
        { seed: SEED, numRuns: RUNS },
      );
    });
  }
});
