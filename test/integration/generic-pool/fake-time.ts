import { install } from '@sinonjs/fake-timers';

export type FakeTime = ReturnType<typeof fakeTime>;

/** Time that passes only when told to; immediates stay real, so that everything else can settle. */
export function fakeTime() {
  return install({ toFake: ['setTimeout', 'clearTimeout', 'Date', 'performance'] });
}
