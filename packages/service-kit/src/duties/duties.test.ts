import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { deleteQueues, openDuties, ownQueue, takeRaw } from '../../test/duties.js'
import { eventually } from '../../test/eventually.js'
import { type Delivery, type Duties, PermanentFailure } from './index.js'

const made: string[] = []
const open: Duties[] = []
let duties: Duties
let metrics: Awaited<ReturnType<typeof openDuties>>['metrics']

beforeAll(async () => {
  ;({ duties, metrics } = await openDuties())
})
afterEach(async () => {
  await Promise.all(open.splice(0).map((one) => one.close(0)))
})
afterAll(async () => {
  await duties.close(0)
  await deleteQueues(made)
})

async function declare(hasTiers = true): Promise<{ queue: string; key: string }> {
  const own = ownQueue()
  made.push(own.queue)
  await duties.declareQueue(own.queue, own.key.replace('.run', '.#'), { hasTiers })
  return own
}
const message = (routingKey: string, more: object = {}) => ({
  routingKey,
  body: { n: 1 },
  messageId: 'm-1',
  type: 'test',
  ...more,
})

describe('publish', () => {
  it('resolves when the message lies in a queue, in the form of the wire contract', async () => {
    const { queue, key } = await declare()
    await duties.publish(message(key, { body: { text: 'ü' }, headers: { 'x-request-id': 'r' } }))

    const { content, properties, fields } = await takeRaw(queue)
    expect(JSON.parse(content.toString())).toEqual({ text: 'ü' })
    expect(fields).toMatchObject({ exchange: 'sup-exchange', routingKey: key })
    expect(properties).toMatchObject({
      contentType: 'application/json',
      deliveryMode: 2,
      messageId: 'm-1',
      type: 'test',
      headers: { 'x-attempt': 1, 'x-request-id': 'r' },
    })
  })

  it('rejects what no queue takes, although the broker confirms it', async () => {
    await expect(duties.publish(message('nobody.listens'))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
      cause: expect.objectContaining({ message: 'no queue takes nobody.listens' }),
    })
  })

  it('has one outcome per message of a batch, in order', async () => {
    const { queue, key } = await declare()
    const keys = [key, 'nobody.listens', key]
    const outcomes = await duties.publishBatch(keys.map((one) => message(one)))
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
    expect(await duties.queueDepth(queue)).toMatchObject({ ready: 2 })
  })

  it('takes hundreds at once', async () => {
    const { queue, key } = await declare()
    const batch = Array.from({ length: 500 }, (_x, i) => message(key, { messageId: `m-${i}` }))
    const outcomes = await duties.publishBatch(batch)
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await duties.queueDepth(queue)).toMatchObject({ ready: 500 })
  })
})

describe('consume', () => {
  async function consume(handler: (delivery: Delivery) => Promise<void>, hasTiers = true) {
    const { queue, key } = await declare(hasTiers)
    const seen: Delivery[] = []
    await duties.consume(queue, async (delivery) => {
      seen.push(delivery)
      await handler(delivery)
    })
    return { queue, key, seen }
  }
  const settled = (queue: string) =>
    eventually(async () => {
      const { ready, retry, unacked } = await duties.queueDepth(queue)
      return ready + retry + unacked === 0
    })

  it('acknowledges what the handler did, in order', async () => {
    const { queue, key, seen } = await consume(() => Promise.resolve())
    await duties.publishBatch(
      [1, 2, 3].map((n) => message(key, { body: { n }, messageId: `m-${n}` })),
    )
    await eventually(() => seen.length === 3)
    await settled(queue)
    expect(seen.map(({ text }) => text)).toEqual(['{"n":1}', '{"n":2}', '{"n":3}'])
    expect(seen[0]).toMatchObject({ messageId: 'm-1', type: 'test', routingKey: key, attempt: 1 })
    expect(await duties.queueDepth(queue)).toMatchObject({ ready: 0, dead: 0 })
  })

  it('tries a failure again through the tiers, five times, then buries it with the reason', async () => {
    const { queue, key, seen } = await consume(() => Promise.reject(new Error('not today\nreally')))
    await duties.publish(message(key))

    const { properties } = await takeRaw(`${queue}.dead`)

    expect(seen.map(({ attempt }) => attempt)).toEqual([1, 2, 3, 4, 5])
    expect(new Set(seen.map(({ routingKey }) => routingKey))).toEqual(new Set([key]))
    expect(new Set(seen.map(({ messageId }) => messageId))).toEqual(new Set(['m-1']))
    expect(properties.headers?.['x-reason']).toBe('not today really')
    await settled(queue)
  })

  it('is done with it when a later attempt succeeds', async () => {
    const { queue, key, seen } = await consume(({ attempt }) =>
      attempt < 3 ? Promise.reject(new Error('later')) : Promise.resolve(),
    )
    await duties.publish(message(key))
    await eventually(() => seen.length === 3)
    await settled(queue)
    expect(await duties.queueDepth(queue)).toMatchObject({ dead: 0 })
  })

  it('buries what can never succeed at once', async () => {
    const { queue, key, seen } = await consume(() =>
      Promise.reject(new PermanentFailure('bad JSON')),
    )
    await duties.publish(message(key))
    const { properties, content } = await takeRaw(`${queue}.dead`)
    expect(seen).toHaveLength(1)
    expect(properties).toMatchObject({ messageId: 'm-1', headers: { 'x-reason': 'bad JSON' } })
    expect(content.toString()).toBe('{"n":1}')
  })

  it('buries the first failure where somebody else owns the retries', async () => {
    const { queue, key, seen } = await consume(() => Promise.reject(new Error('no')), false)
    await duties.publish(message(key))
    await takeRaw(`${queue}.dead`)
    expect(seen).toHaveLength(1)
  })

  it('lets good messages pass while a bad one waits', async () => {
    const { key, seen } = await consume(({ messageId }) =>
      messageId === 'bad' ? Promise.reject(new Error('no')) : Promise.resolve(),
    )
    const ids = ['bad', ...Array.from({ length: 100 }, (_x, i) => `good-${i}`)]
    await duties.publishBatch(ids.map((messageId) => message(key, { messageId })))
    await eventually(() => seen.filter(({ messageId }) => messageId !== 'bad').length === 100)
  })

  it('sends a retry only to the queue that failed', async () => {
    const one = await declare()
    const two = ownQueue()
    made.push(two.queue)
    await duties.declareQueue(two.queue, one.key)
    const seen: string[] = []
    await duties.consume(one.queue, ({ attempt }) => {
      seen.push(`one ${attempt}`)
      return attempt === 1 ? Promise.reject(new Error('later')) : Promise.resolve()
    })
    await duties.consume(two.queue, ({ attempt }) => {
      seen.push(`two ${attempt}`)
      return Promise.resolve()
    })
    await duties.publish(message(one.key))
    await eventually(() => seen.length === 3)
    await settled(two.queue)
    expect(seen.sort()).toEqual(['one 1', 'one 2', 'two 1'])
  })

  it('handles no more at once than its prefetch', async () => {
    const { queue, key } = await declare()
    let running = 0
    let most = 0
    let done = 0
    let fill: () => void = () => undefined
    const isFull = new Promise<void>((resolve) => {
      fill = resolve
    })
    await duties.consume(
      queue,
      async () => {
        most = Math.max(most, ++running)
        // The first ones wait for each other, so that a fourth would be seen.
        if (running === 3) setTimeout(fill, 100)
        await isFull
        running -= 1
        done += 1
      },
      { prefetch: 3 },
    )
    await duties.publishBatch(Array.from({ length: 30 }, () => message(key)))
    await eventually(() => done === 30)
    expect(most).toBe(3)
  })

  it('finishes what runs when it closes, and leaves the rest to others', async () => {
    const { queue, key } = await declare()
    const { duties: worker } = await openDuties()
    open.push(worker)
    await worker.declareQueue(queue, key.replace('.run', '.#'))
    let finish: () => void = () => undefined
    const started = new Promise<void>((resolve) => {
      void worker.consume(
        queue,
        () =>
          new Promise((end) => {
            finish = end
            resolve()
          }),
        { prefetch: 1 },
      )
    })
    await duties.publishBatch([message(key), message(key, { messageId: 'm-2' })])
    await started
    const closing = worker.close()
    finish()
    await closing
    await eventually(async () => (await duties.queueDepth(queue)).ready === 1)
  })

  it('shows the depth of its queues', async () => {
    const { queue, key } = await declare()
    await duties.publish(message(key))
    expect(await metrics.text()).toContain(`sup_queue_messages{queue="${queue}",state="ready"} 1`)
    await expect(duties.queueDepth('never-declared')).rejects.toThrow('not declared')
  })
})
