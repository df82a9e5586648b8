// Puts beside the compiled code what is served as it is: the dashboard, and the chart library it draws with.
import { cpSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'dist/manager/dashboard');
const uPlot = dirname(createRequire(import.meta.url).resolve('uplot/dist/uPlot.iife.min.js'));

cpSync(join(root, 'lib/manager/dashboard'), target, { recursive: true });
mkdirSync(join(target, 'vendor'), { recursive: true });
for (const file of ['uPlot.iife.min.js', 'uPlot.min.css'])
  cpSync(join(uPlot, file), join(target, 'vendor', file));
cpSync(join(uPlot, '../LICENSE'), join(target, 'vendor', 'uPlot-LICENSE.txt'));
