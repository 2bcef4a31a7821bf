import {
  type AuthResult,
  type DeviceInput,
  type Platform,
  type PrivateUser,
  getUser,
  logIn,
  logOut,
  register,
} from '@sup/types'
import { isSupError } from '../base/sup-error.js'
import type { Call } from '../http/call.js'
import { type Storage, put } from '../storage/storage.js'

/** What a device calls itself in the list of devices. */
export type DeviceName = { name: string; platform: Platform }

export type NewAccount = {
  username: string
  password: string
  displayName?: string
  email?: string
  phone?: string
  inviteCode?: string
  device?: DeviceName
}

export type Credentials = {
  /** Username, e-mail address or phone number. */
  identifier: string
  password: string
  device?: DeviceName
}

export type Accounts = {
  /** Makes an account and logs in. @throws SupError ALREADY_EXISTS for a taken username. */
  register: (account: NewAccount) => Promise<PrivateUser>
  /** @throws SupError INVALID_CREDENTIALS, ACCOUNT_DISABLED, RATE_LIMITED. */
  logIn: (credentials: Credentials) => Promise<PrivateUser>
  /**
   * Ends the session on the server, and forgets everything that this client stored. An unreachable
   * server does not keep anybody logged in: the tokens are forgotten in any case.
   */
  logOut: (options?: { allSessions?: boolean; removeDevice?: boolean }) => Promise<void>
  /** The own profile, from the server. */
  me: () => Promise<PrivateUser>
}

export type AccountNeeds = {
  call: Call
  storage: Storage
  begin: (result: AuthResult) => Promise<void>
  finish: () => Promise<void>
}

const DEVICES = 'devices'

export function createAccounts({ call, storage, begin, finish }: AccountNeeds): Accounts {
  return {
    async register(account) {
      const { data } = await call(register, { body: account })
      await begin(data)
      await rememberDevice(storage, account.username, data.deviceId)
      return data.user
    },
    async logIn({ identifier, password, device }) {
      const body = { identifier, password, device: await deviceOf(storage, identifier, device) }
      const { data } = await call(logIn, { body })
      await begin(data)
      await rememberDevice(storage, identifier, data.deviceId)
      return data.user
    },
    async logOut(options = {}) {
      try {
        await call(logOut, { body: options }, { attempts: 2 })
      } catch (err) {
        if (!isSupError(err)) throw err
      } finally {
        await finish()
      }
    },
    async me() {
      // For `me` the server answers the private form.
      return (await call(getUser, { params: { id: 'me' } })).data as PrivateUser
    },
  }
}

/** A device logs in as itself again, so that the list of devices does not grow with each log-in. */
async function deviceOf(
  storage: Storage,
  identifier: string,
  device: DeviceName | undefined,
): Promise<DeviceInput> {
  const id = await storage.get(DEVICES, identifier.toLowerCase())
  return { ...device, ...(typeof id === 'string' && { id }) }
}

async function rememberDevice(storage: Storage, identifier: string, id: string): Promise<void> {
  await storage.transaction([put(DEVICES, identifier.toLowerCase(), id)])
}
