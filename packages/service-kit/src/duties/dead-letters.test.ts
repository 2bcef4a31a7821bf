import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { crashOver, deleteQueues, openDuties, ownQueue } from '../../test/duties.js'
import { eventually } from '../../test/eventually.js'
import { type Delivery, type Duties, PermanentFailure } from './index.js'

const RENEW_AFTER = 4
const made: string[] = []
let duties: Duties
let metrics: Awaited<ReturnType<typeof openDuties>>['metrics']

beforeAll(async () => {
  ;({ duties, metrics } = await openDuties(undefined, { renewDeadAfter: RENEW_AFTER }))
})
afterAll(async () => {
  await duties.close(0)
  await deleteQueues(made)
})

/** A queue whose consumer buries everything until it is healed. */
async function openBroken() {
  const { queue, key } = ownQueue()
  made.push(queue)
  await duties.declareQueue(queue, key)
  const seen: Delivery[] = []
  let isBroken = true
  await duties.consume(queue, (delivery) => {
    seen.push(delivery)
    return isBroken ? Promise.reject(new PermanentFailure('cannot be read')) : Promise.resolve()
  })
  const dead = async (): Promise<number> => (await duties.queueDepth(queue)).dead
  return {
    queue,
    key,
    seen,
    dead,
    heal: () => {
      isBroken = false
    },
    bury: async (ids: readonly string[]) => {
      for (const messageId of ids) {
        await duties.publish({ routingKey: key, body: { messageId }, messageId, type: 'test' })
      }
      await eventually(async () => (await dead()) === ids.length)
    },
  }
}
const idsOf = async (queue: string, limit = 100): Promise<string[]> =>
  (await duties.peekDead(queue, limit)).map(({ id }) => id)
const tenIds = Array.from({ length: 10 }, (_x, i) => `m-${i}`)
const hundredIds = Array.from({ length: 100 }, (_x, i) => `m-${i}`)

describe('peekDead', () => {
  it('tells what was buried, why and when', async () => {
    const { queue, key, bury } = await openBroken()
    const before = Date.now()
    await bury(['m-1'])
    const [letter] = await duties.peekDead(queue, 10)
    expect(letter).toMatchObject({
      id: 'm-1',
      type: 'test',
      routingKey: key,
      reason: 'cannot be read',
      attempts: 1,
      content: Buffer.from('{"messageId":"m-1"}'),
    })
    expect(Date.parse(letter?.buriedAt ?? '')).toBeGreaterThanOrEqual(before)
    expect(Date.parse(letter?.publishedAt ?? '')).toBeGreaterThan(before - 1000)
  })

  it('leaves order and count, however often one looks', async () => {
    const { queue, bury, dead } = await openBroken()
    await bury(hundredIds)
    for (let i = 0; i < RENEW_AFTER + 2; i++) {
      expect(await idsOf(queue)).toEqual(hundredIds)
      expect(await dead()).toBe(100)
    }
    expect(await idsOf(queue, 3)).toHaveLength(3)
  })

  it('gives each of two at once everything', async () => {
    const { queue, bury } = await openBroken()
    await bury(tenIds)
    expect(await Promise.all([idsOf(queue), idsOf(queue)])).toEqual([tenIds, tenIds])
  })

  it('names a message without an id by its content', async () => {
    const { queue, bury } = await openBroken()
    await bury([''])
    expect(await idsOf(queue)).toEqual([expect.stringMatching(/^[0-9a-f]{64}$/)])
  })

  it('finds nothing in an empty queue', async () => {
    const { queue } = await openBroken()
    expect(await duties.peekDead(queue, 10)).toEqual([])
  })
})

describe('replayDead', () => {
  it('puts the oldest back, each is handled once as if it were new, the others stay in order', async () => {
    const { queue, key, seen, bury, heal, dead } = await openBroken()
    await bury(tenIds)
    seen.length = 0
    heal()
    expect(await duties.replayDead(queue, { limit: 4 })).toEqual(tenIds.slice(0, 4))
    await eventually(() => seen.length === 4)
    expect(seen.map(({ messageId }) => messageId)).toEqual(tenIds.slice(0, 4))
    expect(seen[0]).toMatchObject({ attempt: 1, routingKey: key, type: 'test' })
    expect(seen[0]?.headers).not.toHaveProperty('x-reason')
    await eventually(async () => (await dead()) === 6)
    expect(await idsOf(queue)).toEqual(tenIds.slice(4))
  })

  it('puts exactly the chosen ones back', async () => {
    const { queue, seen, bury, heal } = await openBroken()
    await bury(tenIds)
    seen.length = 0
    heal()
    expect(await duties.replayDead(queue, { ids: ['m-7', 'm-2', 'never'] })).toEqual(['m-2', 'm-7'])
    await eventually(() => seen.length === 2)
    expect(await idsOf(queue)).toEqual(tenIds.filter((id) => id !== 'm-2' && id !== 'm-7'))
    expect(seen.map(({ messageId }) => messageId)).toEqual(['m-2', 'm-7'])
  })

  it('puts hundreds back, each once', async () => {
    const { queue, seen, bury, heal, dead } = await openBroken()
    await bury(hundredIds)
    seen.length = 0
    heal()
    const even = hundredIds.filter((_id, i) => i % 2 === 0)
    expect(await duties.replayDead(queue, { ids: even })).toEqual(even)
    await eventually(() => seen.length === 50)
    expect(await dead()).toBe(50)
    expect(await duties.replayDead(queue, { limit: 1000 })).toHaveLength(50)
    await eventually(() => seen.length === 100)
    expect(await dead()).toBe(0)
    expect(new Set(seen.map(({ messageId }) => messageId))).toEqual(new Set(hundredIds))
  })

  it('does not loop: what fails again is buried once more and stays', async () => {
    const { queue, seen, bury, dead } = await openBroken()
    await bury(['a', 'b'])
    expect(await duties.replayDead(queue, { limit: 100 })).toEqual(['a', 'b'])
    await eventually(async () => seen.length === 4 && (await dead()) === 2)
    expect(await idsOf(queue)).toEqual(['a', 'b'])
    expect(seen).toHaveLength(4)
  })

  it('sends nothing to others that are bound to the same key', async () => {
    const { queue, key, bury, heal, seen } = await openBroken()
    const other = ownQueue().queue
    made.push(other)
    await bury(['a'])
    await duties.declareQueue(other, key)
    heal()
    await duties.replayDead(queue, { limit: 1 })
    await eventually(() => seen.length === 2)
    expect(await duties.queueDepth(other)).toMatchObject({ ready: 0 })
  })

  it('knows where a message belongs that the broker buried itself', async () => {
    const { queue, key } = ownQueue()
    made.push(queue)
    await duties.declareQueue(queue, key)
    await duties.publish({ routingKey: key, body: {}, messageId: 'crash', type: 'test' })
    await crashOver(queue)
    await eventually(async () => (await duties.queueDepth(queue)).dead === 1)
    const [letter] = await duties.peekDead(queue, 1)
    expect(letter).toMatchObject({ id: 'crash', routingKey: key, reason: 'delivery_limit' })

    const seen: Delivery[] = []
    await duties.replayDead(queue, { ids: ['crash'] })
    await duties.consume(queue, (delivery) => Promise.resolve(void seen.push(delivery)))
    await eventually(() => seen.length === 1)
    expect(seen[0]).toMatchObject({ routingKey: key, attempt: 1 })
  })
})

describe('looking from outside', () => {
  it('counts a queue of other processes, and says when there is none', async () => {
    const { queue, bury } = await openBroken()
    await bury(['a', 'b'])
    const { duties: stranger } = await openDuties()
    expect(await stranger.inspectQueue(queue)).toEqual({ ready: 0, retry: 0, dead: 2 })
    expect(await stranger.inspectQueue(`nobody-${randomUUID()}`)).toBeUndefined()
    expect(await stranger.peekDead(queue, 1)).toHaveLength(1)
    await stranger.ping()
    await stranger.close(0)
  })

  it('shows the age of the oldest in each state', async () => {
    const { queue, bury } = await openBroken()
    await bury(['a'])
    const waiting = ownQueue()
    made.push(waiting.queue)
    await duties.declareQueue(waiting.queue, waiting.key)
    await metrics.text()
    await duties.publish({ routingKey: waiting.key, body: {}, messageId: 'm', type: 'test' })
    const ageOf = (text: string, name: string, state: string): number => {
      const line = new RegExp(`sup_queue_oldest_seconds{queue="${name}",state="${state}"} (\\S+)`)
      return Number(line.exec(text)?.[1])
    }
    await eventually(async () => ageOf(await metrics.text(), waiting.queue, 'ready') > 0)
    const text = await metrics.text()
    expect(ageOf(text, waiting.queue, 'ready')).toBeLessThan(30)
    expect(ageOf(text, queue, 'dead')).toBeGreaterThan(0)
    expect(ageOf(text, queue, 'ready')).toBe(0)
    expect(ageOf(text, queue, 'unacked')).toBe(0)
  })
})
