import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { messageEvent, typingEvent } from '@sup/types'
import { CHAT, EPOCH, uuidOf } from '../../test/examples.js'
import {
  AUTHENTICATED,
  type ScriptedSockets,
  startScriptedSockets,
} from '../../test/scripted-sockets.js'
import { systemClock } from '../base/clock.js'
import { silentLog } from '../base/log.js'
import { SupError } from '../base/sup-error.js'
import type { Tokens } from '../session/tokens.js'
import { type Connection, type ConnectionState, createConnection } from './connection.js'
import type { ServerMessage } from './events.js'

let server: ScriptedSockets
let connection: Connection
let states: ConnectionState[]
let reasons: (SupError | undefined)[]
let events: ServerMessage[]
let token: string
let renewals: string[]
let isRevoked: boolean
let watchers: (() => void)[]

/** Resolves when the condition holds after a change of state, an event or a handshake. */
async function until(condition: () => boolean): Promise<void> {
  while (!condition()) {
    await new Promise<void>((resolve) => {
      watchers.push(resolve)
    })
  }
}
const changed = (): void => {
  for (const watcher of watchers.splice(0)) watcher()
}

beforeEach(async () => {
  server = await startScriptedSockets()
  states = []
  reasons = []
  events = []
  renewals = []
  watchers = []
  token = 'token-1'
  isRevoked = false
  const tokens: Tokens = {
    session: () => undefined,
    load: () => Promise.resolve(undefined),
    store: () => Promise.resolve(),
    forget: () => Promise.resolve(),
    fresh: () => Promise.resolve(token),
    renew: (stale) => {
      renewals.push(stale)
      token = `token-${String(renewals.length + 1)}`
      return Promise.resolve(token)
    },
    replaceRevoked: (_stale, reason) =>
      isRevoked ? Promise.reject(reason) : Promise.resolve((token = 'token-of-another-process')),
  }
  connection = createConnection({
    server: server.url,
    tokens,
    clock: systemClock,
    log: silentLog,
    standing: () => ({ epoch: EPOCH, heads: { [CHAT]: 7 } }),
    onEvent: (event) => {
      events.push(event)
      changed()
    },
    onState: (state, reason) => {
      states.push(state)
      reasons.push(reason)
      changed()
    },
  })
})
afterEach(async () => {
  connection.close()
  await server.close()
})

const isOnline = () => connection.isOnline()
async function goOnline(): Promise<void> {
  connection.open()
  await until(isOnline)
}
const message = { chatId: CHAT, content: 'hi', clientMessageId: uuidOf(1) }

describe('a connection', () => {
  it('says who it is and where it stands, and is online when the server has said so', async () => {
    await goOnline()
    expect(server.handshakes).toEqual([
      { token: 'token-1', protocol: 1, batch: true, epoch: EPOCH, heads: { [CHAT]: 7 } },
    ])
    expect(states).toEqual(['connecting', 'online'])
    expect(events[0]).toEqual({ name: 'authenticated', payload: AUTHENTICATED })
  })

  it('renews a token that the server calls expired', async () => {
    server.refuse = (auth) =>
      auth['token'] === 'token-1'
        ? { code: 'UNAUTHORIZED', reason: 'TOKEN_EXPIRED', retryable: false }
        : undefined
    await goOnline()
    expect(renewals).toEqual(['token-1'])
    expect(server.handshakes.map((auth) => auth['token'])).toEqual(['token-1', 'token-2'])
  })

  it('ends with a revoked session, and goes on with one that another process began', async () => {
    server.refuse = (auth) =>
      auth['token'] === 'token-1'
        ? { code: 'UNAUTHORIZED', reason: 'session_revoked', retryable: false }
        : undefined
    await goOnline()
    connection.close()
    token = 'token-1'
    isRevoked = true
    connection.open()
    await until(() => states.at(-1) === 'ended')
    expect(reasons.at(-1)?.code).toBe('UNAUTHORIZED')
  })

  it('waits as long as a busy server asks', async () => {
    let refusedAt = 0
    server.refuse = (_auth, count) => {
      if (count > 0) return undefined
      refusedAt = Date.now()
      return { code: 'SERVICE_UNAVAILABLE', retryable: true, retryAfterMs: 300 }
    }
    await goOnline()
    expect(Date.now() - refusedAt).toBeGreaterThanOrEqual(300)
    expect(states).toEqual(['connecting', 'waiting', 'online'])
  })

  it('serves until the end of a drain and comes back then', async () => {
    await goOnline()
    server.sockets[0]?.on('message', (_payload, acknowledge) => {
      acknowledge({ ok: true, id: 'm', seq: 1 })
    })
    server.sockets[0]?.emit('drain', { reconnectInMs: 200 })
    await until(() => events.some(({ name }) => name === 'drain'))
    expect(await connection.request(messageEvent, message)).toMatchObject({ seq: 1 })
    await until(() => server.sockets.length === 2 && isOnline())
    expect(states).toEqual(['connecting', 'online', 'waiting', 'online'])
  })

  it('comes back by itself when it is cut', async () => {
    await goOnline()
    server.sockets[0]?.conn.close()
    await until(() => states.at(-1) === 'waiting')
    await until(isOnline)
    expect(server.sockets).toHaveLength(2)
  })

  it('renews its token when the server closes for it, and when the server announces that', async () => {
    await goOnline()
    server.sockets[0]?.emit('closing', { code: 'TOKEN_EXPIRED', message: '', reconnect: false })
    server.sockets[0]?.disconnect()
    await until(() => server.sockets.length === 2 && isOnline())
    expect(renewals).toEqual(['token-1'])
    const renewed = new Promise((resolve) => {
      server.sockets[1]?.on('authenticate', (payload, acknowledge) => {
        acknowledge({ ok: true })
        resolve(payload)
      })
    })
    server.sockets[1]?.emit('token_expiring', { expiresAt: '2025-01-31T10:30:00.000Z' })
    expect(await renewed).toEqual({ token: 'token-3' })
  })

  it('does not come back when newer connections took its place', async () => {
    await goOnline()
    const closing = { code: 'TOO_MANY_CONNECTIONS', message: 'ten others', reconnect: false }
    server.sockets[0]?.emit('closing', closing)
    server.sockets[0]?.disconnect()
    await until(() => states.at(-1) === 'ended')
    expect(reasons.at(-1)).toMatchObject({ code: 'TOO_MANY_CONNECTIONS' })
  })

  it('survives events that make no sense', async () => {
    await goOnline()
    server.sockets[0]?.emit('drain', null)
    server.sockets[0]?.emit('heads', { epoch: EPOCH, heads: {}, more: false })
    await until(() => events.some(({ name }) => name === 'heads'))
    expect(isOnline()).toBe(true)
  })
})

describe('a request', () => {
  it('gives the acknowledgement, or throws what it says', async () => {
    await goOnline()
    server.sockets[0]?.on('message', (payload, acknowledge) => {
      expect(payload).toEqual(message)
      acknowledge({
        ok: false,
        code: 'RATE_LIMITED',
        message: 'slow',
        retryable: true,
        retryAfterMs: 9,
      })
    })
    await expect(connection.request(messageEvent, message)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryable: true,
      retryAfterMs: 9,
    })
  })

  it('fails at once, and can be repeated, without a connection or when it is cut meanwhile', async () => {
    const lost = { code: 'NETWORK_ERROR', retryable: true }
    await expect(connection.request(messageEvent, message)).rejects.toMatchObject(lost)
    connection.tell(typingEvent, { chatId: CHAT, isTyping: true })
    await goOnline()
    server.sockets[0]?.on('message', () => {
      server.sockets[0]?.conn.close()
    })
    await expect(connection.request(messageEvent, message)).rejects.toMatchObject(lost)
  })
})
