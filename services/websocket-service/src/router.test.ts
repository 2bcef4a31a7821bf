import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type Person, type TestSystem, openSocket, person, startSystem } from '@sup/testkit'
import { SocketFailure, clientEvents } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { connect as connectTcp } from 'node:net'
import { chatOf, say, shown } from '../test/start.js'

const RATE = 3000

describe('bad input', () => {
  let system: TestSystem
  let alice: Person
  let chatId: string
  beforeAll(async () => {
    system = await startSystem({ env: { RATE_LIMIT_MESSAGES_PER_MINUTE: String(RATE) } })
    alice = await person(system, 'alice')
    chatId = await chatOf([alice])
  }, 120_000)
  afterAll(async () => {
    alice.close()
    await system.stop()
  })

  const emit = (name: string, ...payload: unknown[]): Promise<unknown> =>
    alice.device.socket.timeout(5000).emitWithAck(name, ...payload)

  const nonsense: [string, unknown[]][] = [
    ['nothing', []],
    ['null', [null]],
    ['a number', [42]],
    ['a text', ['x']],
    ['true', [true]],
    ['an empty list', [[]]],
    ['a list', [[{ chatId: randomUUID() }]]],
    ['numbers for ids', [{ chatId: 5, messageId: 5, token: 5, seq: 'x', status: 1, items: 1 }]],
    [
      'objects for ids',
      [{ chatId: {}, messageId: [], token: {}, status: {}, items: {}, chats: 1 }],
    ],
    ['an unknown status', [{ status: 'dnd' }]],
    ['a room name', [{ chatId: `u:${randomUUID()}`, isTyping: true, content: 'x', seq: 1 }]],
    ['negative numbers', [{ chatId: randomUUID(), seq: -1, limit: -1, isTyping: 1 }]],
    ['huge numbers', [{ chatId: randomUUID(), seq: 1e300, limit: 1e9, cursor: '' }]],
    [
      'too many items',
      [{ items: Array.from({ length: 101 }, () => ({ chatId: randomUUID(), seq: 1 })) }],
    ],
    [
      'a prototype',
      [JSON.parse('{"__proto__":{"ok":true},"constructor":{},"chatId":1,"limit":"x"}')],
    ],
    ['bytes', [Buffer.from([1, 2, 3])]],
  ]

  const events = clientEvents.map(({ name }) => name).filter((name) => name !== 'authenticate')

  it.each(events)('answers every shape of %s with a documented refusal', async (name) => {
    for (const [what, payload] of nonsense) {
      const answer: unknown = await emit(name, ...payload)
      if (isGood(answer)) {
        // These take an empty payload, and more than they ask for.
        expect(['heads', 'sync']).toContain(name)
        continue
      }
      const failure = SocketFailure.safeParse(answer)
      expect([what, failure.error]).toEqual([what, undefined])
      expect(['VALIDATION_ERROR', 'NOT_FOUND', 'INVALID_INPUT']).toContain(failure.data?.code)
    }
  })

  const isGood = (answer: unknown): boolean =>
    typeof answer === 'object' && answer !== null && 'ok' in answer && answer.ok === true

  it('answers unknown events, also with names that mean something to Node', async () => {
    for (const name of ['nope', 'error', 'connection', '__proto__', 'toString', 'x'.repeat(5000)]) {
      await expect(emit(name, {})).resolves.toMatchObject({ ok: false, code: 'NOT_FOUND' })
    }
    alice.device.socket.emit('error', 'x')
    await expect(alice.device.next('error')).resolves.toMatchObject({
      code: 'NOT_FOUND',
      event: 'error',
    })
  })

  it('survives frames that no client sends, and goes on serving others', async () => {
    const url = system.websocketNodes[0]?.url ?? ''
    const frames = [
      '42',
      '42[',
      '42[]',
      '42["message"',
      '42[5,{}]',
      '42[null,{}]',
      '42{"a":1}',
      '421["message",{"chatId":1}]',
      '4299999999999999999999["typing"]',
      '451-["message",{"_placeholder":true,"num":9}]',
      '45999999-["message"]',
      '40/admin,',
      '40{"token":{"a":[]}}',
      '41',
      '43["x"]',
      '44{"message":"x"}',
      '49',
      '2probe',
      '\u0000',
      '4',
      '',
      `42["typing",${'['.repeat(50_000)}${']'.repeat(50_000)}]`,
      `42["message",{"content":"${'x'.repeat(130_000)}"}]`,
    ]
    for (const frame of frames) {
      const socket = openSocket({ url, auth: { token: alice.device.accessToken } })
      await socket.next('authenticated')
      const raw = socket.socket.io.engine.transport
      await new Promise<void>((resolve) => {
        socket.socket.once('disconnect', () => {
          resolve()
        })
        setTimeout(resolve, 50)
        // The transport's own WebSocket: what is written here is not encoded by the client.
        Object(raw).ws.send(frame)
      })
      socket.close()
    }
    expect(system.websocketNodes[0]?.isRunning()).toBe(true)
    const { seq } = await say(alice.device, chatId, 'still here')
    await alice.device.next('message', (one) => one.seq === seq)
  })

  it('survives what is not even HTTP', async () => {
    const { port, hostname } = new URL(system.websocketNodes[0]?.url ?? '')
    const requests = [
      'nonsense\r\n\r\n',
      'GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n\r\n',
      'GET /socket.io/?EIO=3&transport=polling HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /socket.io/?EIO=4&transport=__proto__ HTTP/1.1\r\nHost: x\r\n\r\n',
      'GET /ws?EIO=4&transport=polling&sid=__proto__ HTTP/1.1\r\nHost: x\r\n\r\n',
      'POST /ws/?EIO=4&transport=polling HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc',
      `GET /socket.io/?EIO=4&transport=polling&x=${'x'.repeat(20_000)} HTTP/1.1\r\nHost: x\r\n\r\n`,
      'GET //?%ff HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n',
    ]
    for (const text of requests) {
      await new Promise<void>((resolve) => {
        const tcp = connectTcp(Number(port), hostname, () => tcp.end(text))
        tcp.on('error', () => undefined)
        tcp.on('close', () => {
          resolve()
        })
        tcp.resume()
      })
    }
    const health = await fetch(`${system.websocketNodes[0]?.url ?? ''}/health`)
    expect(health.status).toBe(200)
    await expect(health.json()).resolves.toMatchObject({
      status: 'healthy',
      service: 'websocket-service',
      checks: { redis: 'ok', mainApi: 'ok' },
    })
  })

  it('refuses events over the rate, and closes a flood', async () => {
    const flooder = await person(system, 'flooder')
    const perSecond = (4 * RATE) / 60
    const flood = setInterval(() => {
      for (let i = 0; i < perSecond; i++) flooder.device.socket.emit('heads', {})
    }, 100)
    const limited = await flooder.device.next('error', ({ code }) => code === 'RATE_LIMITED')
    expect(limited).toMatchObject({ retryable: true, event: 'heads' })
    expect(limited.retryAfterMs).toBeGreaterThan(0)
    const closing = await flooder.device.next('closing', () => true, 15_000)
    clearInterval(flood)
    expect(closing).toMatchObject({ code: 'RATE_LIMITED', reconnect: true })
    flooder.close()
  }, 30_000)

  it('says that a payload was too large before it closes', async () => {
    const boaster = await person(system, 'boaster')
    boaster.device.socket.emit('message', { chatId, content: 'x'.repeat(140_000) })
    const closing = await boaster.device.next('closing')
    expect(closing).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', reconnect: true })
    boaster.close()
  })

  it('counts what it did', async () => {
    const text = await (await fetch(`${system.websocketNodes[0]?.url ?? ''}/metrics`)).text()
    for (const name of [
      'websocket_active_connections 1',
      'sup_socket_events_total{event="message",result="ok"}',
      'sup_socket_events_total{event="message",result="VALIDATION_ERROR"}',
      'sup_socket_events_total{event="unknown",result="NOT_FOUND"}',
      'sup_socket_closes_total{code="RATE_LIMITED"} 1',
      'sup_socket_handshakes_total{result="ok"}',
      'sup_message_accept_duration_seconds_count',
      'sup_message_delivery_duration_seconds_count',
      'sup_rate_limited_total{class="socket events"}',
    ]) {
      expect(text).toContain(name)
    }
    expect(shown(alice.device.events, chatId)).not.toEqual([])
  })
})
