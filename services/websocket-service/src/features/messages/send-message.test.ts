import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createChat } from '@sup/types'
import { type Person, type TestSystem, person, startSystem } from '@sup/testkit'
import { randomUUID } from 'node:crypto'

describe('message', () => {
  let system: TestSystem
  beforeAll(async () => {
    system = await startSystem({ websocketNodes: 2 })
  }, 90_000)
  afterAll(() => system.stop())

  it('reaches both people once, in order, over two nodes', async () => {
    const alice = await person(system, 'alice', { nodes: [0] })
    const bob = await person(system, 'bob', { nodes: [1] })
    const chat = await alice.device.call(createChat, {
      body: { type: 'group', name: 'x', encryption: 'managed', memberIds: [bob.userId] },
    })
    await alice.device.next('heads', (heads) => chat.id in heads.heads)
    await bob.device.next('heads', (heads) => chat.id in heads.heads)
    const t = performance.now()
    const ack = await alice.device.send('message', {
      chatId: chat.id,
      clientMessageId: randomUUID(),
      content: 'hello',
    })
    console.log(ack, performance.now() - t)
    console.log(await bob.device.next('message'))
    console.log(bob.device.events)
    alice.close()
    bob.close()
  })
})
