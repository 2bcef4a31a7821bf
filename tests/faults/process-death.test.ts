import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import type { ServiceName } from '../../scripts/stack/services.js'
import type { RunningService } from '../../scripts/stack/stack.js'
import { setTimeout as sleep } from 'node:timers/promises'
import { type Scene, assertWhole, openScene } from './traffic.js'

jest.setTimeout(180_000)

const DRAIN_MS = 15_000

describe('a process dies in the middle of traffic', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await openScene()
  })
  afterAll(() => scene.stop())

  const service = (name: ServiceName, index = 0): RunningService => {
    const found = scene.stack.services.find((one) => one.name === name && one.index === index)
    if (!found) throw new Error(`there is no ${name} ${index}`)
    return found
  }

  it('a websocket node is killed: its clients go on at the other one, nothing is lost', async () => {
    const node = service('websocket-service', 0)
    const outcome = await scene.talkDuring(async () => {
      expect(await node.kill('SIGKILL')).toBe('SIGKILL')
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

  it('main-api is frozen: answers come too late, what was stored is not stored again', async () => {
    const api = service('main-api')
    assertWhole(
      await scene.talkDuring(async () => {
        process.kill(api.pid, 'SIGSTOP')
        // Longer than a websocket node waits for an answer.
        await sleep(4500)
        process.kill(api.pid, 'SIGCONT')
      }),
    )
  })

  it('every connection is cut, again and again: everybody comes back to everything', async () => {
    assertWhole(
      await scene.talkDuring(async () => {
        for (let count = 0; count < 5; count += 1) {
          for (const door of scene.doors) door.cut()
          await sleep(400)
        }
      }),
    )
  })

  it.each([
    ['websocket-service', 1],
    ['main-api', 0],
    ['media-service', 0],
    ['worker-service', 0],
  ] as const)('%s drains on SIGTERM: it ends well within 15 s', async (name, index) => {
    const one = service(name, index)
    assertWhole(
      await scene.talkDuring(async () => {
        const start = performance.now()
        expect(await one.kill('SIGTERM')).toBe('code 0')
        expect(performance.now() - start).toBeLessThan(DRAIN_MS)
        await one.restart()
      }),
    )
  })

  it('ended nobody else', () => {
    expect(scene.deaths).toEqual([])
  })
})
