import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { listDevices } from '@sup/types'
import { BOB, authResult, uuidOf } from '../../test/examples.js'
import { createManualClock } from '../../test/manual-clock.js'
import { type ScriptedServer, ok, refuse, startScriptedServer } from '../../test/scripted-server.js'
import { type Client, createClient } from '../client.js'
import { createMemoryStorage } from '../storage/memory-storage.js'
import type { Storage } from '../storage/storage.js'

let server: ScriptedServer
let storage: Storage
const clock = createManualClock()
const newClient = () => createClient({ server: server.url, storage, clock })
const devices = (client: Client) => client.call(listDevices, {})
const refreshes = () => server.seen.filter(({ path }) => path === '/api/v1/auth/refresh')

beforeEach(async () => {
  server = await startScriptedServer()
  storage = createMemoryStorage()
  server.on('POST /api/v1/auth/login', () => ok(authResult()))
  // Good tokens are those with the newest number.
  let newest = 1
  server.on('GET /api/v1/devices', ({ headers }) =>
    headers.authorization === `Bearer access-${String(newest)}`
      ? ok([])
      : refuse(401, 'TOKEN_EXPIRED'),
  )
  server.on('POST /api/v1/auth/refresh', ({ body }) => {
    if (body.refreshToken !== `refresh-${String(newest)}`) return refuse(401, 'INVALID_TOKEN')
    newest += 1
    return ok({
      accessToken: `access-${String(newest)}`,
      refreshToken: `refresh-${String(newest)}`,
      expiresIn: 900,
      sessionId: uuidOf(0x51),
    })
  })
})
afterEach(() => server.close())

const credentials = { identifier: 'alice', password: 'p' }

describe('tokens', () => {
  it('are renewed shortly before their end, once for many calls', async () => {
    const client = await newClient()
    await client.accounts.logIn(credentials)
    await devices(client)
    expect(refreshes()).toHaveLength(0)
    await clock.advance(841_000)
    await Promise.all([devices(client), devices(client), devices(client)])
    expect(refreshes()).toHaveLength(1)
  })

  it('are renewed when the server says that they ended, and the call is repeated', async () => {
    const client = await newClient()
    await client.accounts.logIn(credentials)
    server.on('GET /api/v1/devices', ({ headers }) =>
      headers.authorization === 'Bearer access-2' ? ok([]) : refuse(401, 'TOKEN_EXPIRED'),
    )
    const answers = await Promise.all([devices(client), devices(client)])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect(refreshes()).toHaveLength(1)
  })

  it('are taken from the storage when another process renewed them', async () => {
    const one = await newClient()
    await one.accounts.logIn(credentials)
    const two = await newClient()
    expect(two.session()?.username).toBe('alice')
    await clock.advance(841_000)
    await devices(one)
    await devices(two)
    expect(refreshes()).toHaveLength(1)
  })

  it('survive a restart', async () => {
    const one = await newClient()
    await one.accounts.logIn(credentials)
    one.close()
    const two = await newClient()
    expect((await devices(two)).status).toBe(200)
  })

  it('end the session when the refresh token is refused, and say so', async () => {
    const client = await newClient()
    await client.accounts.logIn(credentials)
    const states: string[] = []
    client.on('state', ({ state }) => states.push(state))
    server.on('POST /api/v1/auth/refresh', () => refuse(401, 'INVALID_TOKEN'))
    server.on('GET /api/v1/devices', () => refuse(401, 'TOKEN_EXPIRED'))
    await expect(devices(client)).rejects.toMatchObject({ code: 'INVALID_TOKEN' })
    expect(client.session()).toBeUndefined()
    expect(states).toEqual(['ended'])
    await expect(devices(client)).rejects.toMatchObject({ code: 'UNAUTHORIZED', status: 401 })
    expect((await newClient()).session()).toBeUndefined()
  })

  it('do not end a session that another process began anew', async () => {
    const one = await newClient()
    await one.accounts.logIn(credentials)
    const two = await newClient()
    server.on('POST /api/v1/auth/login', () =>
      ok(authResult({ accessToken: 'access-new', refreshToken: 'refresh-new' })),
    )
    server.on('GET /api/v1/devices', ({ headers }) =>
      headers.authorization === 'Bearer access-new'
        ? ok([])
        : refuse(401, 'UNAUTHORIZED', { details: { reason: 'session_revoked' } }),
    )
    await two.accounts.logIn(credentials)
    expect((await devices(one)).status).toBe(200)
  })

  it('of one account are never used by a client of another', async () => {
    const one = await newClient()
    await one.accounts.logIn(credentials)
    const two = await newClient()
    server.on('POST /api/v1/auth/login', () =>
      ok(authResult({ user: { id: BOB, username: 'bob' }, accessToken: 'access-bob' })),
    )
    await two.accounts.logIn({ identifier: 'bob', password: 'p' })
    server.on('GET /api/v1/devices', ({ headers }) =>
      headers.authorization === 'Bearer access-bob' ? ok([]) : refuse(401, 'TOKEN_EXPIRED'),
    )
    await expect(devices(one)).rejects.toMatchObject({ code: 'UNAUTHORIZED' })
    expect((await devices(two)).status).toBe(200)
  })

  it('are forgotten at log-out, also when the server cannot be reached', async () => {
    const client = await newClient()
    await client.accounts.logIn(credentials)
    server.on('POST /api/v1/auth/logout', () => refuse(422, 'INVALID_INPUT'))
    await client.accounts.logOut()
    expect(client.session()).toBeUndefined()
    expect(await storage.list('session')).toEqual([])
  })

  it('go with the device of the last log-in', async () => {
    const client = await newClient()
    await client.accounts.logIn({ ...credentials, identifier: 'Alice' })
    server.on('POST /api/v1/auth/logout', () => ok({ revokedSessions: 1 }))
    await client.accounts.logOut()
    await client.accounts.logIn({ ...credentials, device: { name: 'shell', platform: 'cli' } })
    const body: unknown = server.seen.slice(-1)[0]?.body
    expect(body).toMatchObject({
      device: { id: uuidOf(0xde), name: 'shell', platform: 'cli' },
    })
  })
})
