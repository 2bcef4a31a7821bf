import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { type Client, createClient, createMemoryStorage } from '@sup/sdk'
import { type MailServer, startMailServer } from '@sup/testkit'
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { listDescendants } from '../../scripts/stack/process-table.js'
import { ask } from '../support/database.js'
import { until } from '../support/wait.js'
import { type Scene, assertWhole, openScene } from './traffic.js'

jest.setTimeout(600_000)

const AWAY_MS = 60_000
const EVERY_MS = 5000
/** What failed for good in the meantime is relayed again after one, two and four minutes. */
const EFFECTS_MS = 300_000
const FILES = 4

// A picture of one pixel: the smallest thing that is processed.
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
)

const UNFINISHED = 'SELECT count(*)::int AS count FROM outbox WHERE finished_at IS NULL'
const REPEATED = `
  SELECT count(*)::int AS count FROM (
    SELECT FROM processed_jobs GROUP BY id HAVING count(*) > 1) AS repeated`

describe('RabbitMQ, Redis, S3 and the mail server are away for a minute', () => {
  let mail: MailServer
  let scene: Scene
  beforeAll(async () => {
    mail = await startMailServer()
    scene = await openScene({ SMTP_HOST: '127.0.0.1', SMTP_PORT: String(mail.port) })
  })
  afterAll(async () => {
    await scene.stop()
    await mail.stop()
  })

  it('people go on talking and registering, and every effect happens once afterwards', async () => {
    const { stack, people } = scene
    const client = people[0]?.client
    if (client === undefined) throw new Error('the scene has nobody')
    const files = await Promise.all(Array.from({ length: FILES }, () => uploadPixel(client)))
    const addresses: string[] = []
    assertWhole(
      await scene.talkDuring(async () => {
        const thaw = freeze('radosgw', 'minio')
        await Promise.all([stack.rabbitmq.kill('SIGKILL'), stack.redis.kill9(), mail.stop()])
        for (let passed = 0; passed < AWAY_MS; passed += EVERY_MS) {
          addresses.push(await register(stack.publicUrl))
          await sleep(EVERY_MS)
        }
        thaw()
        await Promise.all([stack.rabbitmq.start(), stack.redis.start(), mail.start()])
      }),
    )
    await until(
      'every duty is done',
      async () => (await count(stack.databaseUrl, UNFINISHED)) === 0,
      EFFECTS_MS,
    )
    for (const address of addresses) {
      expect(mail.mails().filter(({ to }) => to.includes(address))).toHaveLength(1)
    }
    for (const fileId of files) {
      expect((await client.media.get(fileId)).state).toBe('ready')
    }
    expect(await count(stack.databaseUrl, REPEATED)).toBe(0)
    expect(scene.deaths).toEqual([])
  })
})

async function uploadPixel(client: Client): Promise<string> {
  // Other bytes each time after the end of the picture, which decoders do not read.
  const bytes = Buffer.concat([PIXEL, randomBytes(4)])
  const source = new Blob([new Uint8Array(bytes)])
  return (await client.media.upload(source, { type: 'image', mimeType: 'image/png' }).done).id
}

async function register(server: string): Promise<string> {
  const client = await createClient({ server, storage: createMemoryStorage() })
  const username = `late_${randomBytes(4).toString('hex')}`
  const email = `${username}@example.org`
  await client.accounts.register({ username, email, password: randomBytes(12).toString('hex') })
  client.close()
  return email
}

const count = async (url: string, statement: string): Promise<number> =>
  (await ask<{ count: number }>(url, statement))[0]?.count ?? -1

/** Stops the processes of these names below this one where they are; the returned function lets them go on. */
function freeze(...names: string[]): () => void {
  const pids = listDescendants(process.pid).filter((pid) => {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
    return names.some((name) => program.endsWith(name))
  })
  expect(pids).not.toEqual([])
  const signal = (name: NodeJS.Signals): void => {
    for (const pid of pids) process.kill(pid, name)
  }
  signal('SIGSTOP')
  return () => {
    signal('SIGCONT')
  }
}
