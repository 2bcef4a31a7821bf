import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { readVapid } from '@sup/service-kit/vapid'
import type { RunningService } from '@sup/testkit'
import { listPushLog } from '@sup/types'
import { createECDH } from 'node:crypto'
import { groupOf, say, somebody, useBrowser, useFcm } from '../../../test/people.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import { type WebPushServer, startWebPush } from '../../../test/web-push-server.js'
import type { Deps } from '../../deps.js'
import { consumePushes } from './consumers.js'
import { executePushes } from './jobs.js'

jest.setTimeout(SLOWEST_MS)

const ecdh = createECDH('prime256v1')
ecdh.generateKeys()
const vapidKey = Buffer.concat([Buffer.alloc(32), ecdh.getPrivateKey()])
  .subarray(-32)
  .toString('base64url')

describe('a worker that dies between a message and its push', () => {
  let ground: TestGround
  let mainApi: RunningService
  let service: WebPushServer

  beforeAll(async () => {
    ground = await openGround()
    mainApi = await ground.startMainApi()
    service = await startWebPush(readVapid(vapidKey)?.publicKey ?? '')
  })
  afterAll(async () => {
    await ground.stop()
    await service.close()
  })

  it('loses nothing, and pushes nothing twice; without credentials the trace says so', async () => {
    const [alice, bob, carol] = await Promise.all(
      ['Alice', 'Bob', 'Carol'].map((name) => somebody(mainApi.url, name)),
    )
    if (!alice || !bob || !carol) throw new Error('nobody came')
    const browser = service.subscribe()
    await useBrowser(bob, browser)
    await useFcm(carol)
    const env = { MAIN_API_INTERNAL_URL: mainApi.internalUrl, VAPID_PRIVATE_KEY: vapidKey }
    const worker = await ground.startWorker(env)
    const { id } = await groupOf(alice, bob, carol)
    // Only watches; the process does the work.
    const deps: Deps = ground.deps()
    // One is the hourly one.
    const delayed = async (): Promise<boolean> => (await deps.notificationJobs.depth()).delayed > 1

    await say(alice, id, 'hello')
    await until('the job waits its two seconds', delayed)
    await worker.kill()
    expect(browser.received).toEqual([])
    await worker.restart()
    await until('it is pushed', () => Promise.resolve(browser.received.length > 0))
    await until('the duty is finished', () =>
      deps.db.one(
        'SELECT count(*) FROM outbox WHERE finished_at IS NULL',
        [],
        (row: { count: number }) => row.count === 0,
      ),
    )
    expect(browser.received).toHaveLength(1)
    const [log] = await carol.call(listPushLog)
    expect(log?.entries).toMatchObject([{ state: 'skipped', reason: 'no_provider' }])
  })

  it('leaves out a device that got it when the whole duty is repeated', async () => {
    const deps = ground.deps({
      config: { MAIN_API_INTERNAL_URL: mainApi.internalUrl, VAPID_PRIVATE_KEY: vapidKey },
    })
    executePushes(deps)
    await consumePushes(deps)
    const [alice, bob] = [await somebody(mainApi.url, 'Alice'), await somebody(mainApi.url, 'Bob')]
    const browser = service.subscribe()
    await useBrowser(bob, browser)
    const { id } = await groupOf(alice, bob)
    await say(alice, id, 'hello')
    await until('it is pushed', () => Promise.resolve(browser.received.length === 1))
    // As if the worker had died after the push and before its confirmation.
    const { messageId } = await deps.db.one<{ messageId: string }>(
      `SELECT message_id AS "messageId" FROM outbox WHERE key = $1`,
      [id],
    )
    const confirmed = () =>
      deps.db
        .oneOrNone('SELECT 1 FROM processed_jobs WHERE id = $1', [messageId])
        .then((row) => row !== null)
    await until('it is confirmed', confirmed)
    await deps.db.none('DELETE FROM processed_jobs WHERE id = $1', [messageId])
    await deps.db.none('UPDATE outbox SET finished_at = NULL, relayed_at = NULL WHERE key = $1', [
      id,
    ])
    await until('it is confirmed again', confirmed)
    expect(browser.received).toHaveLength(1)
  })
})
