import { afterEach, describe, expect, it } from '@jest/globals'
import { capturedLog } from '../../test/captured-log.js'
import { eventually } from '../../test/eventually.js'
import { isReady, openRedis } from '../../test/redis.js'
import { testServer } from '../../test/servers.js'
import { startProxy } from '../../test/tcp-proxy.js'
import { createMetrics } from '../metrics/index.js'
import { createRedis } from './index.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function throughProxy() {
  const proxy = await startProxy(testServer('REDIS_URL'))
  const opened = await openRedis(proxy.url)
  ends.push(proxy.close, opened.redis.close)
  return { proxy, ...opened }
}

describe('createRedis', () => {
  it('answers a ping and counts commands', async () => {
    const { redis, metrics } = await throughProxy()
    await redis.ping()
    await redis.command.call('NONSENSE').catch(() => undefined)
    const text = await metrics.text()
    expect(text).toContain('sup_redis_operations_total{command="ping",result="ok"} 1')
    expect(text).toContain('sup_redis_operations_total{command="nonsense",result="error"} 1')
  })

  it('fails a command within a second while Redis is silent', async () => {
    const { proxy, redis } = await throughProxy()
    proxy.freeze()
    const began = Date.now()
    await expect(redis.ping()).rejects.toThrow()
    expect(Date.now() - began).toBeLessThan(1000)
    proxy.heal()
  })

  it('fails a publication at once while Redis is away, and never sends it later', async () => {
    const { proxy, redis } = await throughProxy()
    const { redis: listener } = await openRedis()
    ends.push(listener.close)
    const heard: string[] = []
    await listener.subscriber.subscribe('kit:late')
    listener.subscriber.on('message', (_channel: string, text: string) => heard.push(text))

    proxy.cut()
    await eventually(() => redis.publisher.status !== 'ready')
    const began = Date.now()
    await expect(redis.publisher.publish('kit:late', 'old')).rejects.toThrow()
    expect(Date.now() - began).toBeLessThan(100)

    proxy.heal()
    await eventually(() => isReady(redis))
    await redis.publisher.publish('kit:late', 'new')
    await eventually(() => heard.length > 0)
    expect(heard).toEqual(['new'])
  })

  it('comes back by itself and says each once', async () => {
    const { proxy, redis, lines } = await throughProxy()
    proxy.cut()
    await eventually(() => lines.filter(({ level }) => level === 'warn').length === 3)
    proxy.heal()
    await eventually(() => isReady(redis))
    await redis.ping()
    const about = (message: string) => lines.filter((line) => line.message === message).length
    expect(about('Redis cannot be reached')).toBe(3)
    expect(about('Redis can be reached again')).toBe(3)
  })

  it('starts and ends without any Redis', async () => {
    const { log } = capturedLog()
    const metrics = createMetrics({ service: 'test' })
    const redis = createRedis({ url: 'redis://127.0.0.1:1', log, metrics })
    await expect(redis.ping()).rejects.toThrow()
    await redis.close()
  })
})
