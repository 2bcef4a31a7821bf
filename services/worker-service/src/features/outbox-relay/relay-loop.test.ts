import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  it,
  jest,
} from '@jest/globals'
import { outbox } from '@sup/service-kit/postgres'
import { QUEUES } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import { createBacklogLoop } from './backlog-loop.js'
import { RELAY_LOCK, type RelayLoop, createRelayLoop } from './relay-loop.js'

const PACE = { standbyMs: 100, failedMs: 50, finishMs: 20 }

jest.setTimeout(SLOWEST_MS)

describe('the relay loop', () => {
  let ground: TestGround
  let deps: Deps
  const loops: RelayLoop[] = []
  const received: string[] = []

  beforeAll(async () => {
    ground = await openGround()
    deps = ground.deps()
    await deps.duties.declareQueue(QUEUES.CLEANUP, 'cleanup.#')
    await deps.duties.consume(QUEUES.CLEANUP, ({ messageId }) => {
      received.push(messageId)
      return Promise.resolve()
    })
    await until('RabbitMQ is connected', () =>
      deps.duties.ping().then(
        () => true,
        () => false,
      ),
    )
  })
  afterAll(() => ground.stop())

  beforeEach(async () => {
    await deps.db.none('TRUNCATE outbox, processed_jobs')
    received.length = 0
  })
  afterEach(async () => {
    await Promise.all(loops.splice(0).map((loop) => loop.stop()))
  })

  /** A relay on connections of its own, as in another process. */
  const startLoop = (): RelayLoop => {
    const loop = createRelayLoop(ground.deps(), PACE)
    loops.push(loop)
    loop.start()
    return loop
  }
  const leaders = (): RelayLoop[] => loops.filter((loop) => loop.isLeading())
  const oneLeads = (): Promise<RelayLoop> => until('one leads', () => Promise.resolve(leaders()[0]))
  const addRow = async (type = 'session.revoked'): Promise<string> => {
    await outbox(deps.db).add(type, {
      key: randomUUID(),
      payload: { userId: randomUUID(), sessionIds: [] },
    })
    return deps.db.one(
      'SELECT message_id AS id FROM outbox ORDER BY outbox.id DESC LIMIT 1',
      [],
      (row: { id: string }) => row.id,
    )
  }
  const arrives = (messageId: string): Promise<unknown> =>
    until('the message arrives', () => Promise.resolve(received.includes(messageId)))
  const cutLeadersConnection = (): Promise<unknown> =>
    deps.db.one(
      `SELECT pg_terminate_backend(pid) FROM pg_locks
        WHERE locktype = 'advisory' AND objid = $1
          AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`,
      [RELAY_LOCK],
    )

  it('has one leader; when it stops another takes over at once', async () => {
    startLoop()
    startLoop()
    startLoop()
    const first = await oneLeads()
    await arrives(await addRow())
    expect(leaders()).toHaveLength(1)

    await first.stop()
    expect(first.isLeading()).toBe(false)
    const second = await oneLeads()
    expect(second).not.toBe(first)
    await arrives(await addRow())
    expect(leaders()).toHaveLength(1)
    expect(new Set(received).size).toBe(received.length)
  })

  it('stops leading as soon as its connection is lost, and some relay leads again', async () => {
    const first = startLoop()
    await oneLeads()
    await cutLeadersConnection()
    await until('the first notices', () => Promise.resolve(!first.isLeading()), 1000)

    await oneLeads()
    await arrives(await addRow())
  })

  it('takes over from a process that was killed', async () => {
    const worker = await ground.startWorker()
    const isLeading = async (): Promise<boolean> => {
      const metrics = await (await fetch(`${worker.url}/metrics`)).text()
      return /^sup_outbox_leader 1$/m.test(metrics)
    }
    await until('the process leads', isLeading)
    const standby = startLoop()
    await until('the lock is held', () => Promise.resolve(!standby.isLeading()))

    await worker.kill('SIGKILL')
    const messageId = await addRow()
    await oneLeads()
    await arrives(messageId)
  })

  it('finishes a row when its effect is confirmed, and not before', async () => {
    const [done, open] = [await addRow(), await addRow()]
    const isFinished = (id: string): Promise<boolean> =>
      deps.db.one(
        'SELECT finished_at IS NOT NULL AS finished FROM outbox WHERE message_id = $1',
        [id],
        (row: { finished: boolean }) => row.finished,
      )
    startLoop()
    await arrives(done)
    await arrives(open)

    await deps.db.none(
      `INSERT INTO processed_jobs (id, queue, name) VALUES ($1, 'cleanup', 'prune-sessions')`,
      [done],
    )
    await until('it is finished', () => isFinished(done))
    expect(await isFinished(open)).toBe(false)
  })

  it('measures what is owed and names an unknown type once', async () => {
    await addRow()
    await addRow('sheep.counted')
    await deps.db.none(`UPDATE outbox SET created_at = now() - interval '90 s'`)
    const { metrics } = deps
    const backlog = createBacklogLoop(deps, 20)
    backlog.start()
    const complaints = (): unknown[] =>
      ground.lines().filter(({ message }) => String(message).startsWith('Nobody relays'))
    await until('it complains', () => Promise.resolve(complaints().length > 0))

    const text = await until('it measures', async () => {
      const shown = await metrics.text()
      return shown.includes('sup_outbox_pending 2') && shown
    })
    expect(text).toMatch(/^sup_outbox_unknown 1$/m)
    expect(Number(/^sup_outbox_oldest_seconds (\S+)$/m.exec(text)?.[1])).toBeGreaterThanOrEqual(90)

    await deps.db.none(`UPDATE outbox SET finished_at = now()`)
    await until('it measures again', async () =>
      (await metrics.text()).includes('sup_outbox_oldest_seconds 0'),
    )
    await backlog.stop()
    expect(complaints()).toMatchObject([{ level: 'error', type: 'sheep.counted' }])
  })
})
