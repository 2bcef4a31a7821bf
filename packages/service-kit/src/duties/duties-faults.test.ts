import { afterEach, describe, expect, it } from '@jest/globals'
import { deleteQueues, isUp, openDuties, ownQueue } from '../../test/duties.js'
import { capturedLog } from '../../test/captured-log.js'
import { eventually } from '../../test/eventually.js'
import { testServer } from '../../test/servers.js'
import { startProxy } from '../../test/tcp-proxy.js'
import { createMetrics } from '../metrics/index.js'
import { createDuties } from './index.js'

const ends: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function openCuttable() {
  const proxy = await startProxy(testServer('RABBITMQ_URL'))
  const opened = await openDuties(proxy.url)
  const own = ownQueue()
  ends.push(
    () => deleteQueues([own.queue]),
    proxy.close,
    () => opened.duties.close(0),
  )
  await opened.duties.declareQueue(own.queue, own.key)
  return { proxy, ...own, ...opened }
}
const message = (routingKey: string, messageId = 'm-1') => ({
  routingKey,
  body: {},
  messageId,
  type: 'test',
})

describe('a broker that goes away', () => {
  it('fails publications at once, and takes them again when it is back', async () => {
    const { duties, proxy, key } = await openCuttable()
    proxy.cut()
    await eventually(() =>
      duties.ping().then(
        () => false,
        () => true,
      ),
    )
    const began = Date.now()
    await expect(duties.publish(message(key))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    expect(Date.now() - began).toBeLessThan(200)
    proxy.heal()
    await isUp(duties)
    await duties.publish(message(key))
  })

  it('fails what was not confirmed yet', async () => {
    const { duties, proxy, key } = await openCuttable()
    proxy.freeze()
    const publishing = duties.publish(message(key))
    proxy.reset()
    await expect(publishing).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
    proxy.heal()
    await isUp(duties)
  })

  it('delivers again what was not acknowledged, and the consumer goes on by itself', async () => {
    const { duties, proxy, key, queue } = await openCuttable()
    const seen: string[] = []
    let hold = true
    await duties.consume(queue, ({ messageId }) => {
      seen.push(messageId)
      return hold ? new Promise(() => undefined) : Promise.resolve()
    })
    await duties.publish(message(key))
    await eventually(() => seen.length === 1)
    hold = false
    proxy.reset()
    await eventually(() => seen.length === 2)
    await isUp(duties)
    await duties.publish(message(key, 'm-2'))
    await eventually(() => seen.includes('m-2'))
    expect(seen).toEqual(['m-1', 'm-1', 'm-2'])
  })

  it('gets its queues again when somebody deleted them', async () => {
    const { duties, key, queue } = await openCuttable()
    const seen: string[] = []
    await duties.consume(queue, ({ messageId }) => {
      seen.push(messageId)
      return Promise.resolve()
    })
    await deleteQueues([queue])
    await eventually(async () => {
      await duties.publish(message(key))
      return seen.length > 0
    })
  })

  it('never ends the process, not even when it was never there', async () => {
    const { log, lines } = capturedLog()
    const duties = createDuties({
      url: 'amqp://127.0.0.1:1',
      log,
      metrics: createMetrics({ service: 'test' }),
    })
    await duties.declareQueue('kit-nowhere', 'kit.nowhere')
    await duties.consume('kit-nowhere', () => Promise.resolve())
    await expect(duties.ping()).rejects.toThrow()
    await expect(duties.publish(message('x'))).rejects.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    await eventually(() => lines.some(({ message }) => message === 'RabbitMQ cannot be used'))
    await duties.close(0)
  })
})
