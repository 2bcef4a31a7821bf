import { type AuthResult, type DeviceInput, logIn, register } from '@sup/types'
import type { Client } from './client.js'

/** A device of somebody, logged in. */
export type TestDevice = Client & {
  id: string
  sessionId: string
  accessToken: string
  refreshToken: string
}

/** Somebody with an account and one device, which speaks for the person. */
export type TestPerson = TestDevice & {
  userId: string
  username: string
  password: string
  /** Logs in on a new device, or again on an own one. */
  logIn: (device?: DeviceInput) => Promise<TestDevice>
}

export type PersonOptions = { displayName?: string; email?: string; phone?: string }

const PASSWORD = 'correct horse battery staple'

let made = 0

/** Registers somebody whose username begins with `name`. */
export async function makePerson(
  open: Client,
  name: string,
  options: PersonOptions = {},
): Promise<TestPerson> {
  made += 1
  const username = `${name.toLowerCase()}_${process.pid}_${made}`
  const result = await open.call(register, {
    body: {
      username,
      password: PASSWORD,
      displayName: name,
      device: { name: 'phone', platform: 'ios' },
      ...options,
    },
  })
  return {
    ...deviceOf(open, result),
    userId: result.user.id,
    username,
    password: PASSWORD,
    logIn: async (device) =>
      deviceOf(
        open,
        await open.call(logIn, {
          body: { username, password: PASSWORD, ...(device ? { device } : {}) },
        }),
      ),
  }
}

const deviceOf = (open: Client, result: AuthResult): TestDevice => ({
  ...open.with({ authorization: `Bearer ${result.accessToken}` }),
  id: result.deviceId,
  sessionId: result.sessionId,
  accessToken: result.accessToken,
  refreshToken: result.refreshToken,
})
