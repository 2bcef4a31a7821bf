import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { revokeSession } from '@sup/types'
import { within } from '../support/wait.js'
import { type Scene, assertWhole, openScene } from './traffic.js'

jest.setTimeout(180_000)

describe('a process dies in the middle of traffic', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene()
  })
  afterAll(() => scene.stop())

  const service = (name: string, index = 0) => {
    const found = scene.stack.services.find((one) => one.name === name && one.index === index)
    if (!found) throw new Error(`there is no ${name} ${index}`)
    return found
  }

  it('a websocket node is killed: its clients go on at the other one, nothing is lost', async () => {
    const node = service('websocket-service', 0)
    const outcome = await scene.talkDuring(async () => {
      await node.kill('SIGKILL')
      await node.restart()
    })
    assertWhole(outcome)
    expect(outcome.devices).toHaveLength(8)
  })

  it('main-api is killed: sends wait and are stored once', async () => {
    const api = service('main-api')
    assertWhole(
      await scene.talkDuring(async () => {
        await api.kill('SIGKILL')
        await api.restart()
      }),
    )
  })

  it('Redis is killed and comes back empty: nobody is logged out, nothing is lost', async () => {
    const sessions = scene.people.map(({ client }) => client.session()?.sessionId)
    assertWhole(
      await scene.talkDuring(async () => {
        await scene.stack.redis.kill9()
        await scene.stack.redis.start()
        await scene.stack.redis.flush()
      }),
    )
    expect(scene.people.map(({ client }) => client.session()?.sessionId)).toEqual(sessions)
    for (const { client } of scene.people) expect((await client.accounts.me()).id).toBeTruthy()
  })

  it('SIGTERM drains a node: exit within 15 s, clients move on', async () => {
    const node = service('websocket-service', 1)
    const outcome = await scene.talkDuring(async () => {
      const start = performance.now()
      await node.kill('SIGTERM')
      expect(performance.now() - start).toBeLessThan(15_000)
      await node.restart()
    })
    assertWhole(outcome)
  })

  it('a revoked session is cut on sockets without Redis too', async () => {
    const [person] = scene.people
    if (!person) throw new Error('nobody is there')
    const [first, second] = person.devices
    if (!second) throw new Error('there is one device only')
    await scene.stack.redis.kill9()
    try {
      const ended = new Promise<void>((resolve) => {
        second.client.on('state', ({ state }) => {
          if (state === 'ended') resolve()
        })
      })
      const sessionId = second.client.session()?.sessionId ?? ''
      await first.client.call(revokeSession, { params: { sessionId } })
      await within('the other device is cut', 3000, ended)
      expect(second.client.session()).toBeUndefined()
    } finally {
      await scene.stack.redis.start()
    }
  })
})
