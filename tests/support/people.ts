import { type Client, createClient, createMemoryStorage } from '@sup/sdk'
import { randomBytes } from 'node:crypto'
import { type Recorder, record } from './recorder.js'
import { within } from './wait.js'

/** A client that is online, with everything it showed since. */
export type Device = { client: Client; recorder: Recorder }

export type Someone = {
  userId: string
  username: string
  password: string
  /** The first one registered, the others logged in. */
  devices: [Device, ...Device[]]
  /** Of the first device. */
  client: Client
  close: () => void
}

const ONLINE_MS = 30_000

/**
 * Registers somebody through REST and connects every device, as an application does it.
 *
 * @param name beginning of the username, which is made unique
 * @param servers where each device goes: an address, with different doors for different nodes
 */
export async function join(
  name: string,
  servers: readonly [string, ...string[]],
): Promise<Someone> {
  const username = `${name.toLowerCase()}_${randomBytes(3).toString('hex')}`
  const password = randomBytes(12).toString('base64url')
  const account = { username, password, displayName: name }
  const [server, ...others] = servers
  const first = await makeDevice(server)
  const { id: userId } = await first.client.accounts.register({ ...account, device: phone(1) })
  const devices: Someone['devices'] = [first]
  for (const other of others) {
    const device = await makeDevice(other)
    const credentials = { identifier: username, password, device: phone(devices.length + 1) }
    await device.client.accounts.logIn(credentials)
    devices.push(device)
  }
  await Promise.all(devices.map(({ client }) => goOnline(client)))
  return {
    userId,
    username,
    password,
    devices,
    client: first.client,
    close: () => {
      for (const { client } of devices) client.close()
    },
  }
}

const phone = (number: number) => ({ name: `phone ${number}`, platform: 'cli' as const })

async function makeDevice(server: string): Promise<Device> {
  const client = await createClient({ server, storage: createMemoryStorage() })
  return { client, recorder: record(client) }
}

/** Connects and waits until the client has everything. */
export async function goOnline(client: Client): Promise<void> {
  const online = whenState(client, 'online')
  client.connect()
  await online
}

/** Waits for a state of the connection; at once when it is there. */
export function whenState(
  client: Client,
  wanted: ReturnType<Client['state']>,
  limitMs = ONLINE_MS,
): Promise<void> {
  if (client.state() === wanted) return Promise.resolve()
  const reached = new Promise<void>((resolve) => {
    const stop = client.on('state', ({ state }) => {
      if (state !== wanted) return
      stop()
      resolve()
    })
  })
  return within(`a client is ${wanted}`, limitMs, reached)
}
