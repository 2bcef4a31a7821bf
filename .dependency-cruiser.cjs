const production = '^(packages|services|clients)/(?!.*\\.test\\.)(?!.*/test/)'

/** The architecture, as rules. Each name is the sentence a failing build prints. */
module.exports = {
  forbidden: [
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'the-contract-depends-on-zod-only',
      severity: 'error',
      from: { path: '^packages/types/src/' },
      to: { pathNot: ['^packages/types/', 'node_modules/zod/'] },
    },
    {
      name: 'packages-do-not-know-the-services',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^(services|clients)/' },
    },
    {
      name: 'services-meet-only-in-the-contract',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^(services|clients)/', pathNot: '^services/$1/' },
    },
    {
      name: 'a-slice-opens-only-its-public-file-to-other-slices',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/(features|dialects)/([^/]+)/' },
      to: {
        path: '^services/$1/src/(features|dialects)/[^/]+/',
        pathNot: ['^services/$1/src/$2/$3/', '/public\\.ts$'],
      },
    },
    {
      name: 'the-service-shell-mounts-slices-and-nothing-more',
      severity: 'error',
      from: { path: '^services/[^/]+/src/[^/]+\\.ts$' },
      to: {
        path: '^services/[^/]+/src/(features|dialects)/',
        pathNot: '/(routes|consumers|sockets|jobs|[^/]+-loop)\\.ts$',
      },
    },
    {
      name: 'drivers-stay-behind-the-service-kit',
      severity: 'error',
      from: { path: '^services/', pathNot: '/test/' },
      to: {
        path: 'node_modules/(pg-promise|ioredis|amqplib|bull|@aws-sdk|winston|prom-client|undici)/',
      },
    },
    {
      name: 'one-file-owns-ffmpeg',
      severity: 'error',
      from: {
        path: '^(packages|services|clients)/',
        pathNot: '^services/worker-service/(src|dist)/features/media/ffmpeg\\.(ts|js)$',
      },
      to: { path: 'node_modules/fluent-ffmpeg/' },
    },
    {
      name: 'only-the-media-worker-decodes-images',
      severity: 'error',
      from: {
        path: '^(packages|services|clients)/',
        pathNot: '^services/worker-service/((src|dist)/features/media|test)/',
      },
      to: { path: 'node_modules/sharp/' },
    },
    {
      name: 'connection-holders-do-not-open-the-database',
      severity: 'error',
      from: { path: '^services/(websocket-service|chat-gateway)/' },
      to: { path: '^packages/service-kit/(src|dist)/postgres/' },
    },
    {
      name: 'the-server-cannot-decrypt',
      severity: 'error',
      from: { path: '^(services|packages/service-kit)/' },
      to: { path: ['^packages/crypto/', 'node_modules/(@signalapp|@noble)/'] },
    },
    {
      name: 'services-call-each-other-by-callInternal-not-by-the-sdk',
      severity: 'error',
      from: { path: '^services/', pathNot: ['\\.test\\.ts$', '/test/'] },
      to: { path: '^packages/sdk/' },
    },
    {
      name: 'clients-never-import-server-code',
      severity: 'error',
      from: { path: '^(clients|packages/(sdk|crypto))/', pathNot: '\\.test\\.tsx?$' },
      to: { path: '^(services|packages/(service-kit|testkit))/' },
    },
    {
      name: 'service-kit-knows-the-contract-only',
      severity: 'error',
      from: { path: '^packages/service-kit/' },
      to: { path: '^packages/', pathNot: '^packages/(service-kit|types)/' },
    },
    {
      name: 'the-testkit-knows-types-service-kit-and-sdk',
      severity: 'error',
      from: { path: '^packages/testkit/' },
      to: { path: '^packages/', pathNot: '^packages/(testkit|types|service-kit|sdk)/' },
    },
    {
      name: 'production-does-not-import-tests',
      severity: 'error',
      from: { path: production, pathNot: '^packages/testkit/' },
      to: { path: ['\\.test\\.ts$', '^packages/testkit/', '^services/[^/]+/test/'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
    tsPreCompilationDeps: true,
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['sup-source', 'import', 'require', 'node', 'default', 'types'],
    },
  },
}
