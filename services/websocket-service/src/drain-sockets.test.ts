import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type TestDevice, type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { chatOf, eventually, positions, range, refused, say } from '../test/start.js'

describe('faults', () => {
  let system: TestSystem
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 2 })
  }, 120_000)
  afterAll(() => system.stop())

  const node = (index: number) => {
    const found = system.websocketNodes[index]
    if (!found) throw new Error('there is no such node')
    return found
  }

  it('answers sends while main-api is away with a retryable refusal, and serves them after', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const chatId = await chatOf([alice])
    await system.mainApis[0].kill()
    try {
      await refuseEverything(alice.device, chatId)
    } finally {
      await system.mainApis[0].restart()
    }
    const { seq } = await say(alice.device, chatId, 'again')
    await alice.device.next('message', (one) => one.seq === seq)
    alice.close()
  }, 60_000)

  async function refuseEverything(device: TestDevice, chatId: string): Promise<void> {
    const startedAt = performance.now()
    const failure = await refused(device.send('message', { chatId, content: 'x' }))
    expect(failure).toMatchObject({ code: 'SERVICE_UNAVAILABLE', retryable: true })
    expect(performance.now() - startedAt).toBeLessThan(4000)
    await expect(refused(device.send('heads', {}))).resolves.toMatchObject({
      code: 'SERVICE_UNAVAILABLE',
    })
    // The last check may still count for two seconds.
    await eventually(device, async () => {
      const ready = await fetch(`${node(0).url}/health/ready`)
      expect(ready.status).toBe(503)
    })
    const live = await fetch(`${node(0).url}/health/live`)
    expect(live.status).toBe(200)
  }

  it('cuts off a client that does not read, and nobody else notices', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [0] })
    const slow = await person(system, 'slow', { nodes: [0] })
    const chatId = await chatOf([alice, bob, slow])
    // The kernel of this machine takes some megabytes before the node notices anything.
    Object(slow.device.socket.io.engine.transport).ws.pause()
    const content = 'x'.repeat(10_000)
    let first = 0
    for (let i = 0; i < 24; i++) {
      const acks = await Promise.all(range(1, 100).map(() => say(alice.device, chatId, content)))
      first ||= acks[0]?.seq ?? 0
    }
    await eventually(bob.device, () => {
      expect(positions(bob.device, chatId)).toEqual(range(first, first + 2399))
    })
    const metrics = await (await fetch(`${node(0).url}/metrics`)).text()
    const memory = Number(/process_resident_memory_bytes (\d+)/.exec(metrics)?.[1])
    expect(memory).toBeLessThan(512 * 2 ** 20)
    Object(slow.device.socket.io.engine.transport).ws.resume()
    await eventually(slow.device, () => {
      const seen = slow.device.events
      const wasCut = seen.some(({ name }) => name === '(disconnect)')
      const wasTold = seen.filter(({ name }) => name === 'heads').length > 1
      expect(wasCut || wasTold).toBe(true)
    })
    for (const one of [alice, bob, slow]) one.close()
  }, 90_000)

  it('tells every 25 s which heads have moved, and nothing when none has', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const chatId = await chatOf([alice])
    await chatOf([alice])
    const { seq } = await say(alice.device, chatId, 'x')
    const moved = await alice.device.next('heads', ({ heads }) => heads[chatId] === seq, 30_000)
    expect(Object.keys(moved.heads)).toEqual([chatId])
    alice.close()
  }, 60_000)

  it('sends its clients away and ends with code 0 when it is asked to', async () => {
    const alice = await person(system, 'alice', { nodes: [1] })
    const bob = await person(system, 'bob', { nodes: [0] })
    const chatId = await chatOf([alice, bob])
    const stopping = node(1).stop()
    const startedAt = performance.now()
    await expect(alice.device.next('drain')).resolves.toMatchObject({
      reconnectInMs: expect.any(Number),
    })
    await expect(alice.device.next('closing')).resolves.toMatchObject({
      code: 'DRAIN',
      reconnect: true,
    })
    await stopping
    expect(performance.now() - startedAt).toBeLessThan(15_000)
    const reason = alice.device.events.find(({ name }) => name === '(disconnect)')
    // A standard client comes back by itself after this one.
    expect(reason?.payload).toBe('transport close')

    const auth = { token: alice.device.accessToken, protocol: 1 }
    const again = openSocket({ url: node(0).url, auth })
    await again.next('authenticated')
    await say(bob.device, chatId, 'still here')
    await again.next('message', ({ content }) => content === 'still here')
    for (const one of [again, bob]) one.close()
    await node(1).restart()
  }, 60_000)

  it('does not need the other nodes, nor leaves anything of a dead one behind', async () => {
    const alice = await person(system, 'alice', { nodes: [1] })
    const bob = await person(system, 'bob', { nodes: [0] })
    const chatId = await chatOf([alice, bob])
    await node(1).kill()
    const { seq } = await say(bob.device, chatId, 'while it is dead')
    await bob.device.next('message', (one) => one.seq === seq)
    await node(1).restart()
    const auth = { token: alice.device.accessToken, protocol: 1, heads: { [chatId]: seq - 1 } }
    const back = openSocket({ url: node(1).url, auth })
    expect((await back.next('heads')).heads).toEqual({ [chatId]: seq })
    const answer = await back.send('sync', { chats: [{ chatId, after: seq - 1 }] })
    expect(answer).toMatchObject({
      ok: true,
      page: { chats: [{ from: seq - 1, to: seq, entries: [{ kind: 'message', seq }] }] },
    })
    for (const one of [back, bob]) one.close()
  }, 60_000)
})
