import type { Clock } from '@sup/service-kit/clock'
import { createLogger } from '@sup/service-kit/log'
import { type SystemOptions, type TestSystem, call, startSystem, uniqueName } from '@sup/testkit'
import { type AuthResult, register } from '@sup/types'
import { randomBytes, randomUUID } from 'node:crypto'
import { Writable } from 'node:stream'
import { readMediaConfig } from '../src/config.js'
import { type Deps, closeDeps, createDeps, startDeps } from '../src/deps.js'
import { startServer } from '../src/server.js'
import { type MediaClient, mediaClient } from './media-client.js'

/** media-service in this process on a bucket of its own, beside a real main-api. */
export type TestMedia = {
  deps: Deps
  url: string
  internalUrl: string
  system: TestSystem
  /** What it has logged, parsed. */
  lines: () => Record<string, unknown>[]
  /** Registers somebody. */
  person: (name: string) => Promise<MediaClient>
  /** As worker-service asks. */
  service: (
    path: string,
    body: object,
    secret?: string,
  ) => Promise<{ status: number; body: unknown }>
  /** Moves the clock of media-service. */
  skip: (ms: number) => void
  /** Every key of the bucket. */
  keys: () => Promise<string[]>
  stop: () => Promise<void>
}

/** Starts both for the tests of one file; `stop` in `afterAll`. */
export async function startTestMedia(
  options: { env?: Record<string, string>; system?: SystemOptions } = {},
): Promise<TestMedia> {
  const system = await startSystem({ websocketNodes: 0, ...options.system })
  const lines: Record<string, unknown>[] = []
  let skipped = 0
  const clock: Clock = { now: () => new Date(Date.now() + skipped) }
  const config = readMediaConfig({
    ...system.env,
    MAIN_API_INTERNAL_URL: system.mainApis[0].internalUrl,
    MEDIA_PORT: '0',
    S3_BUCKET: `media-${randomUUID()}`,
    ...options.env,
  })
  const deps = createDeps(config, { clock, log: capture(lines) })
  await deps.blobs.ensureBucket()
  startDeps(deps)
  const server = await startServer(deps)
  const url = `http://127.0.0.1:${server.port}`
  const internalUrl = `http://127.0.0.1:${server.internalPort}`
  return {
    deps,
    url,
    internalUrl,
    system,
    lines: () => lines,
    person: async (name) => mediaClient(url, await signUp(system, name)),
    async service(path, body, secret = config.SERVICE_SECRET[0] ?? '') {
      const answer = await fetch(`${internalUrl}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-internal-secret': secret },
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: await answer.json() }
    },
    skip: (ms) => {
      skipped += ms
    },
    keys: async () => (await deps.blobs.list({ prefix: '', limit: 1000 })).map(({ key }) => key),
    async stop() {
      await server.stop()
      await deps.blobs.deleteMany(
        (await deps.blobs.list({ prefix: '', limit: 1000 })).map(({ key }) => key),
      )
      await closeDeps(deps)
      await system.stop()
    },
  }
}

export const signUp = (system: Pick<TestSystem, 'mainApis'>, name: string): Promise<AuthResult> =>
  call({ url: system.mainApis[0].url }, register, {
    body: {
      username: uniqueName(name),
      password: randomBytes(12).toString('base64url'),
      displayName: name,
      device: { name: 'phone', platform: 'cli' },
    },
  })

function capture(lines: Record<string, unknown>[]) {
  const sink = new Writable({
    write(chunk: Buffer, _encoding, done) {
      for (const line of chunk.toString().split('\n')) {
        if (line !== '') lines.push(JSON.parse(line) as Record<string, unknown>)
      }
      done()
    },
  })
  return createLogger({ service: 'media-service', level: 'debug', sink })
}
