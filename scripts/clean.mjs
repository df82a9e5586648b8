// Removes what the build writes, so that a renamed source leaves nothing stale behind.
import { rmSync } from 'node:fs';

rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });
