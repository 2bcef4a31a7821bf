import {
  type AuthResult,
  type Chat,
  type Endpoint,
  createChat,
  logIn,
  putPushToken,
  register,
  sendMessage,
} from '@sup/types'
import { type CallInput, call, uniqueName } from '@sup/testkit'
import { randomUUID } from 'node:crypto'
import type { z } from 'zod'
import type { Browser } from './web-push-server.js'

type Call = <E extends Endpoint>(
  endpoint: E,
  input?: CallInput<E>,
) => Promise<z.output<E['response']>>

/** A device of somebody, logged in at main-api. */
export type Phone = { userId: string; deviceId: string; call: Call; logIn: () => Promise<Phone> }

/** Registers somebody with one device. */
export async function somebody(url: string, name: string): Promise<Phone> {
  const username = uniqueName(name)
  const password = randomUUID()
  const phone = ({ user, deviceId, accessToken }: AuthResult): Phone => ({
    userId: user.id,
    deviceId,
    call: (endpoint, input) => call({ url, token: accessToken }, endpoint, input),
    logIn: async () => phone(await call({ url }, logIn, { body: { username, password } })),
  })
  const body = { username, password, displayName: name }
  return phone(await call({ url }, register, { body }))
}

/** A managed group; the first person is its owner. */
export const groupOf = (owner: Phone, ...others: Phone[]): Promise<Chat> =>
  owner.call(createChat, {
    body: {
      type: 'group',
      name: 'Rowing club',
      encryption: 'managed',
      memberIds: others.map(({ userId }) => userId),
    },
  })

/** Sends a text; gives its id and position. */
export const say = (
  phone: Phone,
  chatId: string,
  content: string,
): Promise<{ id: string; seq: number }> =>
  phone.call(sendMessage, { body: { chatId, content, clientMessageId: randomUUID() } })

/** Has the pushes of a device go to a browser. */
export const useBrowser = (phone: Phone, { subscription }: Browser): Promise<unknown> =>
  phone.call(putPushToken, { body: { provider: 'webpush', subscription } })

/** Has the pushes of a device go to FCM; gives the token. */
export async function useFcm(
  phone: Phone,
  platform: 'android' | 'ios' = 'android',
): Promise<string> {
  const token = randomUUID()
  await phone.call(putPushToken, { body: { provider: 'fcm', platform, token } })
  return token
}
