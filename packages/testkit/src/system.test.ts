import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals'
import { createChat, getUser, logIn } from '@sup/types'
import { type TestSystem, person, request, startSystem } from './index.js'

// Services start from source, which takes its time on a busy machine.
jest.setTimeout(60_000)

let system: TestSystem

beforeAll(async () => {
  system = await startSystem({ websocketNodes: 2 })
}, 180_000)

afterAll(async () => {
  await system.stop()
})

describe('startSystem', () => {
  it('gives services that are ready on ports of their own', async () => {
    const services = [...system.mainApis, ...system.websocketNodes]
    expect(new Set(services.map(({ url }) => url)).size).toBe(3)
    for (const { url } of services) {
      expect((await fetch(`${url}/health/ready`)).status).toBe(200)
      expect(Number(new URL(url).port)).toBeLessThan(32_768)
    }
  })
})

describe('person', () => {
  it('registers and connects each device to a node', async () => {
    const alice = await person(system, 'alice', { devices: ['phone', 'laptop'] })
    const { phone, laptop } = alice.devices
    expect(alice.device).toBe(phone)
    expect(phone.deviceId).not.toBe(laptop.deviceId)
    expect(phone.events[0]).toMatchObject({ name: 'authenticated' })
    const nodes = [phone, laptop].map(
      ({ events }) => (events[0]?.payload as { nodeId: string }).nodeId,
    )
    expect(new Set(nodes).size).toBe(2)
    const me = await laptop.call(getUser, { params: { id: 'me' } })
    expect(me).toMatchObject({ id: alice.userId, username: alice.username })
    alice.close()
  })

  it('sees what others send, in order and once', async () => {
    const [alice, bob] = await Promise.all([person(system, 'alice'), person(system, 'bob')])
    const chat = await alice.device.call(createChat, {
      body: { type: 'group', name: 'Café ☕', memberIds: [bob.userId], encryption: 'managed' },
    })
    await bob.device.next('account', ({ type }) => type === 'chat_added')
    for (const content of ['eins', 'zwei', '三']) {
      const ack = await alice.device.send('message', { chatId: chat.id, content })
      expect(ack).toMatchObject({ ok: true, duplicate: false })
    }
    const seen = [await bob.device.next('message'), await bob.device.next('message')]
    expect(seen.map(({ content }) => content)).toEqual(['eins', 'zwei'])
    const third = await bob.device.next('message', ({ content }) => content === '三')
    expect(third.seq).toBe((seen[1]?.seq ?? 0) + 1)
    await expect(bob.device.next('message', () => true, 200)).rejects.toThrow(/No fitting message/)
    alice.close()
    bob.close()
  })

  it('raises a refusal with its code', async () => {
    const alice = await person(system, 'alice')
    const nobody = '019aa03c-5d1e-7c42-9a3f-6b0f5c2e71d4'
    await expect(alice.device.call(getUser, { params: { id: nobody } })).rejects.toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    })
    const wrong = { username: alice.username, password: 'not the password' }
    const answer = await request(system.mainApis[0], logIn, { body: wrong })
    expect(answer.status).toBe(401)
    alice.close()
  })
})

describe('a service', () => {
  it('can be killed and comes back on its port with its data', async () => {
    const [api] = system.mainApis
    const alice = await person(system, 'alice')
    const before = api.pid()
    expect(await api.kill()).toBe('SIGKILL')
    expect(api.isRunning()).toBe(false)
    await api.restart()
    expect(api.pid()).not.toBe(before)
    const me = await alice.device.call(getUser, { params: { id: 'me' } })
    expect(me.id).toBe(alice.userId)
    alice.close()
  })
})
