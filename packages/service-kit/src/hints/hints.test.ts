import { afterEach, describe, expect, it } from '@jest/globals'
import { randomUUID } from 'node:crypto'
import { eventually } from '../../test/eventually.js'
import { isReady, openRedis } from '../../test/redis.js'
import { testServer } from '../../test/servers.js'
import { startProxy } from '../../test/tcp-proxy.js'
import { type HintHandler, createHints } from './index.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function open(url?: string) {
  const { redis, log, lines } = await openRedis(url)
  ends.push(redis.close)
  return { redis, lines, hints: createHints({ redis, log }) }
}

async function openCuttable() {
  const proxy = await startProxy(testServer('REDIS_URL'))
  ends.push(proxy.close)
  return { proxy, ...(await open(proxy.url)) }
}

/** A handler that keeps what it gets. */
function inbox(): { seen: unknown[]; handler: HintHandler } {
  const seen: unknown[] = []
  return { seen, handler: (payload) => void seen.push(payload) }
}
const newChannel = (): string => `chat:${randomUUID()}`

describe('hints', () => {
  it('reach every subscriber of a channel, objects and encoded text alike', async () => {
    const { hints } = await open()
    const { hints: other } = await open()
    const channel = newChannel()
    const [one, two] = [inbox(), inbox()]
    await hints.subscribe(channel, one.handler)
    await other.subscribe(channel, two.handler)

    expect(await hints.publish(channel, { n: 1, text: 'ü' })).toBe(true)
    expect(await hints.publish(channel, '{"n":2}')).toBe(true)

    const expected = [{ n: 1, text: 'ü' }, { n: 2 }]
    await eventually(() => one.seen.length === 2 && two.seen.length === 2)
    expect([one.seen, two.seen]).toEqual([expected, expected])
  })

  it('come in the order of their publication', async () => {
    const { hints } = await open()
    const channel = newChannel()
    const { seen, handler } = inbox()
    await hints.subscribe(channel, handler)
    await Promise.all(Array.from({ length: 500 }, (_x, i) => hints.publish(channel, { i })))
    await eventually(() => seen.length === 500)
    expect(seen).toEqual(Array.from({ length: 500 }, (_x, i) => ({ i })))
  })

  it('are counted: once per handler, until the last unsubscribe', async () => {
    const { hints } = await open()
    const channel = newChannel()
    const { seen, handler } = inbox()
    await hints.subscribe(channel, handler)
    await hints.subscribe(channel, handler)
    await hints.publish(channel, { n: 1 })
    await eventually(() => seen.length > 0)

    await hints.unsubscribe(channel, handler)
    await hints.publish(channel, { n: 2 })
    await eventually(() => seen.length > 1)

    await hints.unsubscribe(channel)
    expect(hints.channelCount()).toBe(0)
    await hints.unsubscribe(channel)
    const { seen: later, handler: marker } = inbox()
    await hints.subscribe(channel, marker)
    await hints.publish(channel, { n: 3 })
    await eventually(() => later.length > 0)
    expect(seen).toEqual([{ n: 1 }, { n: 2 }])
  })

  it('that are no JSON count as lost, and handlers that fail are logged', async () => {
    const { hints, lines } = await open()
    const channel = newChannel()
    const { seen, handler } = inbox()
    await hints.subscribe(channel, () => {
      throw new Error('sync')
    })
    await hints.subscribe(channel, () => Promise.reject(new Error('async')))
    await hints.subscribe(channel, handler)
    await hints.publish(channel, 'not json')
    await hints.publish(channel, {})
    await eventually(() => seen.length > 0)
    expect(seen).toEqual([{}])
    await eventually(() => lines.filter(({ level }) => level === 'error').length === 2)
  })

  it('that cannot be published resolve to false, and are no rejection', async () => {
    const { hints, redis, proxy } = await openCuttable()
    proxy.cut()
    await eventually(() => redis.publisher.status !== 'ready')
    expect(await hints.publish(newChannel(), {})).toBe(false)
    const cycle: Record<string, unknown> = {}
    cycle['self'] = cycle
    expect(await hints.publish(newChannel(), cycle)).toBe(false)
  })

  it('come again after a reconnect, which is told once all subscriptions stand', async () => {
    const { hints, redis, proxy } = await openCuttable()
    const channels = Array.from({ length: 2500 }, newChannel)
    const { seen, handler } = inbox()
    await Promise.all(channels.map((channel) => hints.subscribe(channel, handler)))
    let renewals = 0
    const renewed = new Promise<void>((resolve) => {
      hints.onResubscribed(() => {
        renewals += 1
        resolve()
      })
    })

    proxy.cut()
    await eventually(() => redis.subscriber.status !== 'ready')
    const added = newChannel()
    await hints.subscribe(added, handler)
    const dropped = channels.pop() ?? ''
    await hints.unsubscribe(dropped, handler)
    proxy.heal()
    await renewed

    const { hints: publisher } = await open()
    await publisher.publish(dropped, { channel: 'dropped' })
    for (const channel of [...channels, added]) await publisher.publish(channel, { channel })
    await eventually(() => seen.length === 2500)
    expect(seen).not.toContainEqual({ channel: 'dropped' })
    expect(renewals).toBe(1)
  })

  it('are renewed after the server cut the subscriber alone', async () => {
    const { hints, redis } = await open()
    const channel = newChannel()
    const { seen, handler } = inbox()
    await hints.subscribe(channel, handler)
    const renewed = new Promise<void>((resolve) => {
      hints.onResubscribed(resolve)
    })
    await redis.command.call('CLIENT', 'KILL', 'TYPE', 'pubsub')
    await renewed
    await eventually(() => isReady(redis))
    await hints.publish(channel, { again: true })
    await eventually(() => seen.length > 0)
  })
})
