import { type TestSocket, call, openSocket } from '@sup/testkit'
import { type Encryption, bootstrapAdmin, createChat, logIn, register } from '@sup/types'
import { randomBytes } from 'node:crypto'
import { type World, newName } from './world.js'

/** Somebody known by a token alone; for tests that count single events and answers. */
export type Account = { userId: string; token: string; sessionId: string }

/** @param url nginx, or main-api itself */
export async function signUp(url: string): Promise<Account> {
  const body = { username: newName('somebody'), password: randomBytes(12).toString('base64url') }
  const { user, accessToken, sessionId } = await call({ url }, register, { body })
  return { userId: user.id, token: accessToken, sessionId }
}

/**
 * The first administrator of a system that has none yet.
 *
 * @param env what its services share
 */
export async function signUpAdmin(url: string, env: Record<string, string>): Promise<Account> {
  const username = newName('admin')
  const password = randomBytes(12).toString('base64url')
  await call({ url: env['MAIN_API_INTERNAL_URL'] ?? '' }, bootstrapAdmin, {
    body: { username, password },
    headers: { 'x-internal-secret': env['SERVICE_SECRET'] ?? '', 'x-internal-caller': 'cli' },
  })
  const answer = await call({ url }, logIn, { body: { username, password } })
  return { userId: answer.user.id, token: answer.accessToken, sessionId: answer.sessionId }
}

/** Two accounts and their direct chat. */
export async function makePair(
  { here }: World,
  encryption: Encryption,
): Promise<{ alice: Account; bob: Account; chatId: string }> {
  const [alice, bob] = await Promise.all([signUp(here), signUp(here)])
  const { id: chatId } = await call({ url: here, token: alice.token }, createChat, {
    body: { type: 'direct', encryption, memberIds: [bob.userId] },
  })
  return { alice, bob, chatId }
}

/**
 * Opens a socket and waits until it is in all its chats.
 *
 * @param auth the handshake besides the token; `{ protocol: 1 }` of SUP's own clients when absent
 */
export async function enter(
  url: string,
  { token }: Account,
  auth: Record<string, unknown> = { protocol: 1 },
): Promise<TestSocket> {
  const socket = openSocket({ url, auth: { ...auth, token } })
  await socket.next('authenticated')
  return socket
}

export function leave(sockets: Record<string, TestSocket>): void {
  for (const one of Object.values(sockets)) one.close()
}
