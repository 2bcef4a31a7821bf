import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { ROOT } from './tree.js'

/** For each rule a file that breaks it, with what it imports. */
const PLANTED: Record<string, [path: string, imports: string]> = {
  'no-cycles': ['packages/sdk/src/chicken.ts', './egg.js'],
  'the-contract-depends-on-zod-only': ['packages/types/src/api/clock.ts', 'winston'],
  'packages-do-not-know-the-services': [
    'packages/testkit/src/server.ts',
    '../../../services/main-api/src/server.js',
  ],
  'services-meet-only-in-the-contract': [
    'services/worker-service/src/shortcut.ts',
    '../../main-api/src/server.js',
  ],
  'a-slice-opens-only-its-public-file-to-other-slices': [
    'services/main-api/src/features/chats/list-chats.ts',
    '../messages/message-store.js',
  ],
  'the-service-shell-mounts-slices-and-nothing-more': [
    'services/main-api/src/deps.ts',
    './features/messages/message-store.js',
  ],
  'drivers-stay-behind-the-service-kit': [
    'services/main-api/src/features/chats/chat-store.ts',
    'pg-promise',
  ],
  'one-file-owns-ffmpeg': ['services/media-service/src/probe.ts', 'fluent-ffmpeg'],
  'only-the-media-worker-decodes-images': ['services/media-service/src/thumbnail.ts', 'sharp'],
  'connection-holders-do-not-open-the-database': [
    'services/websocket-service/src/query.ts',
    '../../../packages/service-kit/src/postgres/index.js',
  ],
  'the-server-cannot-decrypt': [
    'services/main-api/src/features/messages/peek.ts',
    '../../../../../packages/crypto/src/index.js',
  ],
  'services-call-each-other-by-callInternal-not-by-the-sdk': [
    'services/worker-service/src/ask.ts',
    '../../../packages/sdk/src/index.js',
  ],
  'clients-never-import-server-code': [
    'clients/cli/src/serve.ts',
    '../../../packages/service-kit/src/http/index.js',
  ],
  'service-kit-knows-the-contract-only': [
    'packages/service-kit/src/http/client.ts',
    '../../../sdk/src/index.js',
  ],
  'the-testkit-knows-types-service-kit-and-sdk': [
    'packages/testkit/src/cipher.ts',
    '../../crypto/src/index.js',
  ],
  'production-does-not-import-tests': [
    'services/main-api/src/features/messages/cheat.ts',
    '../../../../../packages/testkit/src/index.js',
  ],
}

/** Imports that the architecture allows. */
const ALLOWED: [path: string, imports: string][] = [
  ['packages/types/src/message.ts', 'zod'],
  ['packages/sdk/src/call.ts', '../../types/src/index.js'],
  ['packages/service-kit/src/postgres/index.ts', 'pg-promise'],
  ['packages/service-kit/src/http/index.ts', '../../../types/src/index.js'],
  ['packages/testkit/src/index.ts', '../../sdk/src/index.js'],
  ['services/main-api/src/server.ts', './features/messages/routes.js'],
  ['services/main-api/src/features/messages/routes.ts', './message-store.js'],
  ['services/main-api/src/features/chats/open-chat.ts', '../messages/public.js'],
  [
    'services/main-api/src/features/chats/open-chat.test.ts',
    '../../../../../packages/testkit/src/index.js',
  ],
  ['services/worker-service/src/features/media/shrink.ts', 'sharp'],
  ['services/worker-service/src/features/media/ffmpeg.ts', 'fluent-ffmpeg'],
  ['clients/cli/src/main.ts', '../../../packages/sdk/src/index.js'],
]

/** Files that only have to be there. */
const EMPTY = [
  'packages/types/src/index.ts',
  'packages/sdk/src/index.ts',
  'packages/crypto/src/index.ts',
  'services/main-api/src/features/messages/public.ts',
  'services/main-api/src/features/messages/message-store.ts',
]

const PACKAGES = ['zod', 'winston', 'pg-promise', 'fluent-ffmpeg', 'sharp']

type Violation = { from: string; rule: { name: string } }

let folder: string
let violations: Violation[]
let rules: string[]

beforeAll(async () => {
  mkdirSync(join(ROOT, 'node_modules/.cache'), { recursive: true })
  folder = mkdtempSync(join(ROOT, 'node_modules/.cache/arrows-'))
  plantTree()
  rules = (await readRules()).map(({ name }) => name)
  violations = await cruise()
}, 60_000)

afterAll(() => {
  rmSync(folder, { recursive: true })
})

describe('.dependency-cruiser.cjs', () => {
  it('has a planted violation for each rule', () => {
    expect(Object.keys(PLANTED).sort()).toEqual([...rules].sort())
  })

  it.each(Object.entries(PLANTED))('%s fires', (rule, [path]) => {
    const fired = violations.filter(({ from }) => from === path)
    expect(fired.map(({ rule: { name } }) => name)).toContain(rule)
  })

  it.each(ALLOWED)('%s may import %s', (path) => {
    expect(violations.filter(({ from }) => from === path)).toEqual([])
  })
})

function plantTree(): void {
  const importing = [...Object.values(PLANTED), ...ALLOWED]
  for (const path of EMPTY) plant(path, 'export const value = 1\n')
  for (const [path, target] of importing) {
    plant(path, `import * as other from '${target}'\nexport const value = other\n`)
  }
  plant(
    'packages/sdk/src/egg.ts',
    `import * as other from './chicken.js'\nexport const egg = other\n`,
  )
  for (const name of PACKAGES) {
    plant(`node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }))
    plant(`node_modules/${name}/index.js`, 'module.exports = {}\n')
  }
  plant('package.json', JSON.stringify({ type: 'module' }))
  plant('tsconfig.json', JSON.stringify({ compilerOptions: { module: 'nodenext' } }))
}

function plant(path: string, text: string): void {
  mkdirSync(dirname(join(folder, path)), { recursive: true })
  writeFileSync(join(folder, path), text)
}

async function readRules(): Promise<{ name: string }[]> {
  const config = (await import(join(ROOT, '.dependency-cruiser.cjs'))) as {
    default: { forbidden: { name: string }[] }
  }
  return config.default.forbidden
}

async function cruise(): Promise<Violation[]> {
  const program = join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
  const config = join(ROOT, '.dependency-cruiser.cjs')
  const args = ['packages', 'services', 'clients', '--config', config, '--output-type', 'json']
  const { stdout } = await promisify(execFile)(process.execPath, [program, ...args], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
    env: { PATH: process.env['PATH'] ?? '' },
  })
  return (JSON.parse(stdout) as { summary: { violations: Violation[] } }).summary.violations
}
