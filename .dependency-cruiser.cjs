// The layers, from the ground up. Each may import itself and the layers named; nothing imports upward.
const layers = {
  pool: [],
  balancers: ['pool'],
  middleware: ['pool'],
  discovery: ['pool'],
  clients: ['pool'],
  'clients/milvus': ['pool', 'registry'],
  registry: ['pool', 'balancers', 'middleware', 'discovery'],
  cluster: ['pool', 'balancers', 'middleware', 'discovery'],
  observe: ['pool', 'balancers', 'middleware', 'discovery', 'cluster', 'registry'],
  codegen: ['pool', 'balancers', 'middleware', 'discovery', 'cluster', 'registry', 'observe'],
  manager: ['pool', 'balancers', 'middleware', 'discovery', 'cluster', 'registry', 'observe', 'clients'],
  cli: [
    'pool',
    'balancers',
    'middleware',
    'discovery',
    'cluster',
    'registry',
    'observe',
    'clients',
    'manager',
    'codegen',
  ],
};
const folder = (layer) => (layer === 'balancers' ? '^lib/cluster/balancers/' : `^lib/${layer}/`);
/** Layers with another in a folder of theirs. */
const inner = { cluster: 'balancers', clients: 'clients/milvus' };
const anyLayer = '^lib/[^/]+/';

module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-utils',
      severity: 'error',
      from: {},
      to: { path: '(^|/)(utils?|helpers|common|misc)(/|\\.)', pathNot: 'node_modules' },
    },
    {
      name: 'pool-imports-only-debug-and-builtins',
      severity: 'error',
      from: { path: '^lib/pool/' },
      to: { dependencyTypesNot: ['core'], pathNot: ['^lib/pool/', '^node_modules/(@types/)?debug/'] },
    },
    {
      name: 'nothing-imports-the-entry',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^lib/index\\.ts$' },
    },
    {
      name: 'lib-stands-alone',
      severity: 'error',
      from: { path: '^lib/' },
      to: { path: '^(test|bench|examples|scripts)/' },
    },
    { name: 'resolvable', severity: 'error', from: { path: '^lib/' }, to: { couldNotResolve: true } },
    ...Object.entries(layers).map(([layer, allowed]) => ({
      name: `${layer}-imports-downward-only`,
      severity: 'error',
      from: { path: folder(layer), ...(inner[layer] ? { pathNot: folder(inner[layer]) } : {}) },
      to: { path: anyLayer, pathNot: [layer, ...allowed].map(folder) },
    })),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
