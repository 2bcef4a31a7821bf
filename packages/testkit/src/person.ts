import { randomBytes } from 'node:crypto'
import { type AuthResult, type Endpoint, logIn, register } from '@sup/types'
import type { z } from 'zod'
import { uniqueName } from './names.js'
import { type Answer, type CallInput, call, request } from './rest.js'
import { type ConnectOptions, type TestSocket, openSocket } from './socket.js'

/** What of a system people use: `startSystem` gives it, but any addresses will do. */
export type Meeting = {
  mainApis: [{ url: string }, ...{ url: string }[]]
  websocketNodes: readonly { url: string }[]
}

/** A logged-in device with, once connected, a socket that keeps its events. */
export type TestDevice = TestSocket & {
  name: string
  deviceId: string
  sessionId: string
  accessToken: string
  refreshToken: string
  /** A REST call that must succeed; gives `data`. */
  call: <E extends Endpoint>(endpoint: E, input?: CallInput<E>) => Promise<z.output<E['response']>>
  /** A REST call that may fail; gives status, headers and body. */
  request: <E extends Endpoint>(endpoint: E, input?: CallInput<E>) => Promise<Answer>
}

export type Person<D extends string = string> = {
  userId: string
  username: string
  password: string
  devices: Record<D, TestDevice>
  /** The first device. */
  device: TestDevice
  close: () => void
}

export type PersonOptions<D extends string> = {
  /** Names of devices; the first registers, the others log in. `['phone']` when absent. */
  devices?: readonly [D, ...D[]]
  /** Index of the websocket node of each device; they are spread over the nodes when absent. */
  nodes?: readonly number[]
  /** The handshake besides the token; `{ protocol: 1 }` when absent. */
  auth?: Record<string, unknown>
  client?: ConnectOptions['client']
}

/**
 * Registers somebody through REST and connects each device to a websocket node; resolves when every
 * socket is authenticated.
 *
 * @param name beginning of the username, which is made unique
 */
export async function person<const D extends string = 'phone'>(
  meeting: Meeting,
  name: string,
  options: PersonOptions<D> = {},
): Promise<Person<D>> {
  const names: readonly string[] = options.devices ?? ['phone']
  const username = uniqueName(name)
  const password = randomBytes(12).toString('base64url')
  const api = { url: meeting.mainApis[0].url }
  const device = (index: number) => ({ name: names[index] ?? 'phone', platform: 'cli' as const })

  const made: TestDevice[] = []
  const first = await call(api, register, {
    body: { username, password, displayName: name, device: device(0) },
  })
  const logIns = [first]
  for (let index = 1; index < names.length; index += 1) {
    logIns.push(await call(api, logIn, { body: { username, password, device: device(index) } }))
  }
  for (const [index, account] of logIns.entries()) {
    const node =
      meeting.websocketNodes[options.nodes?.[index] ?? index % meeting.websocketNodes.length]
    if (node === undefined) throw new Error('person() needs a websocket node to connect to')
    made.push(
      connect(names[index] ?? 'phone', account, { ...options, apiUrl: api.url, nodeUrl: node.url }),
    )
  }
  await Promise.all(made.map(({ next }) => next('authenticated')))

  const [device0] = made
  if (device0 === undefined) throw new Error('person() needs a device')
  return {
    userId: first.user.id,
    username,
    password,
    devices: Object.fromEntries(made.map((one) => [one.name, one])) as Record<D, TestDevice>,
    device: device0,
    close: () => {
      for (const one of made) one.close()
    },
  }
}

type Addresses = Pick<PersonOptions<string>, 'auth' | 'client'> & {
  apiUrl: string
  nodeUrl: string
}

function connect(name: string, account: AuthResult, where: Addresses): TestDevice {
  const api = { url: where.apiUrl, token: account.accessToken }
  const opened = openSocket({
    url: where.nodeUrl,
    auth: { protocol: 1, ...where.auth, token: account.accessToken },
    ...(where.client === undefined ? {} : { client: where.client }),
  })
  return {
    ...opened,
    name,
    deviceId: account.deviceId,
    sessionId: account.sessionId,
    accessToken: account.accessToken,
    refreshToken: account.refreshToken,
    call: (endpoint, input) => call(api, endpoint, input),
    request: (endpoint, input) => request(api, endpoint, input),
  }
}
