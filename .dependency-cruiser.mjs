// Floors of the house: an import points down or stays on its floor, never up.
const floors = [
  ['main', 'cli'],
  [
    'service',
    'limits',
    'app',
    'server',
    'database',
    'demo-site',
    'openapi',
    'openapi-failures',
    'config',
    'environment',
    'config-values',
    'explain',
  ],
  ['accounts', 'admin', 'discovery', 'health', 'maintenance'],
  ['tokens'],
  ['sessions'],
  ['clients', 'users', 'roles'],
  ['keys', 'audit', 'mail'],
  ['http'],
  ['errors', 'examples', 'platform'],
];

const pathOf = (names) => `^src/(${names.join('|')})(/|\\.ts$)`;

const upwards = floors.slice(1).map((floor, at) => ({
  name: `nothing-above-${floor.join('-')}`,
  comment: 'When an arrow wants to point up, store the fact lower.',
  severity: 'error',
  from: { path: pathOf(floor) },
  to: { path: pathOf(floors.slice(0, at + 1).flat()) },
}));

export default {
  forbidden: [
    ...upwards,
    {
      name: 'domain-knows-no-http',
      comment: 'Rules of the domain are the same over any transport: only routes and guards speak HTTP.',
      severity: 'error',
      from: { path: '^src/[^/]+/', pathNot: ['^src/http/', 'routes\\.ts$', '/guard\\.ts$'] },
      to: { path: ['^src/http/', '^node_modules/koa', '^node_modules/@koa/'] },
    },
    {
      name: 'every-file-has-a-floor',
      severity: 'error',
      from: { path: '^src/', pathNot: pathOf(floors.flat()) },
      to: {},
    },
    {
      name: 'migrations-stand-alone',
      comment: 'What a migration did last year must not depend on what the code says today.',
      severity: 'error',
      from: { path: '^migrations/' },
      to: { path: '^src/' },
    },
    { name: 'no-cycle', severity: 'error', from: {}, to: { circular: true } },
    { name: 'no-test-code', severity: 'error', from: { path: '^(src|migrations)/' }, to: { path: '^test/' } },
    {
      name: 'no-development-package',
      comment: 'The image is built without them.',
      severity: 'error',
      from: { path: '^(src|migrations)/' },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'] },
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
};
