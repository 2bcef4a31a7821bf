import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { type Delivery, PermanentFailure, createDuties } from '@sup/service-kit/duties'
import { QUEUES } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { type Cuttable, cuttable } from '../../../test/cuttable.js'
import { type TestGround, SLOWEST_MS, openGround } from '../../../test/start.js'
import { until } from '../../../test/until.js'
import type { Deps } from '../../deps.js'
import { storeJob } from '../../job-intake.js'
import { cleanupIntake, consumeCleanup } from './consumers.js'

const OCCURRED_AT = '2025-01-31T10:30:00.000Z'

jest.setTimeout(SLOWEST_MS)

describe('the consumer of the queue cleanup', () => {
  let ground: TestGround
  let wayToRedis: Cuttable
  /** Jobs are stored but nobody executes them. */
  let deps: Deps

  beforeAll(async () => {
    ground = await openGround()
    wayToRedis = await cuttable(ground.env['REDIS_URL'] ?? '')
    const basis = ground.deps()
    const duties = createDuties({
      url: ground.env['RABBITMQ_URL'] ?? '',
      log: basis.log,
      metrics: basis.metrics,
      // A name of its own: the arguments of a queue cannot be changed.
      tiers: [{ name: 'test', ms: 500 }],
    })
    deps = ground.deps({ duties, config: { REDIS_URL: wayToRedis.url } })
    await consumeCleanup(deps)
    await until('RabbitMQ is connected', () =>
      duties.ping().then(
        () => true,
        () => false,
      ),
    )
  })
  afterAll(async () => {
    await ground.stop()
    await wayToRedis.close()
  })
  beforeEach(() => ground.flushRedis())

  const publish = (body: object): Promise<void> =>
    deps.duties.publish({
      routingKey: 'cleanup.run',
      type: 'prune-sessions',
      messageId: randomUUID(),
      body,
    })
  const duty = (more: object = {}): object => ({
    type: 'prune-sessions',
    occurredAt: OCCURRED_AT,
    ...more,
  })
  const settled = (): Promise<unknown> =>
    until('the queue is empty', async () => {
      const { ready, unacked, retry } = await deps.duties.queueDepth(QUEUES.CLEANUP)
      return ready + unacked + retry === 0
    })
  const waitingJobs = async (): Promise<number> => (await deps.cleanupJobs.depth()).waiting
  const deadLetters = async (): Promise<number> =>
    (await deps.duties.queueDepth(QUEUES.CLEANUP)).dead

  it('makes one job of a message, however often it arrives', async () => {
    const id = randomUUID()
    await Promise.all(Array.from({ length: 5 }, () => publish(duty({ id }))))
    await publish(duty({ id: randomUUID() }))
    await until('both jobs', async () => (await waitingJobs()) === 2)
    await settled()
    expect(await waitingJobs()).toBe(2)
  })

  it('knows a message without id by its content', async () => {
    await Promise.all([publish(duty()), publish(duty())])
    await publish(duty({ userId: randomUUID() }))
    await until('both jobs', async () => (await waitingJobs()) === 2)
    await settled()
    expect(await waitingJobs()).toBe(2)
  })

  it.each([
    ['an unknown type', { ...duty(), type: 'count-sheep' }, 'unknown type'],
    ['no type', { occurredAt: OCCURRED_AT }, 'type (invalid_type)'],
    ['a body that is no object', [1, 2], 'body (invalid_type)'],
    ['a bad member', duty({ userId: 'me' }), 'userId (invalid_format)'],
  ])('buries %s once, with the reason', async (_name, body, reason) => {
    const before = await deadLetters()
    await publish(body)
    await until('it is buried', async () => (await deadLetters()) === before + 1)
    await settled()

    expect(await waitingJobs()).toBe(0)
    expect(await deadLetters()).toBe(before + 1)
    const last = ground.lines().findLast(({ message }) => message === 'A message is buried')
    expect((last?.['err'] as { message: string }).message).toContain(reason)
  })

  it('calls what is no JSON a permanent failure and shows nothing of it', async () => {
    const store = (text: string): Promise<void> =>
      storeJob(cleanupIntake(deps), { text } satisfies Pick<Delivery, 'text'>)
    await expect(store('{"secret":')).rejects.toThrow(new PermanentFailure('bad JSON'))
    await expect(store('')).rejects.toThrow(PermanentFailure)
    await expect(store('"prune-sessions"')).rejects.toThrow(PermanentFailure)
  })

  it('tries again later while Redis is away, and loses nothing', async () => {
    const isRetried = ({ message }: Record<string, unknown>): boolean =>
      message === 'A message is tried again later'
    const before = await deadLetters()
    wayToRedis.cut()
    await publish(duty({ id: randomUUID() }))
    await until('it goes to a tier', () => Promise.resolve(ground.lines().some(isRetried)))
    wayToRedis.heal()

    await until('its job', () =>
      waitingJobs().then(
        (count) => count === 1,
        () => false,
      ),
    )
    await settled()
    expect(await waitingJobs()).toBe(1)
    expect(await deadLetters()).toBe(before)
  })
})
