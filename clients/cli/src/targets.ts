import type { Client } from '@sup/sdk'
import type { Chat, Encryption, UserProfile } from '@sup/types'
import type { Context } from './context.js'
import { CliError, EXIT } from './exit-codes.js'

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/**
 * The chat that a person means: the id of a chat or a user, `@username`, `#name of a group`, or
 * either without the sign when only one of them fits. A direct chat is opened when there is none.
 */
export async function findChat(context: Context, client: Client, target: string): Promise<Chat> {
  try {
    return await findOnServer(context, client, target)
  } catch (err) {
    // What is written while the server is away goes out later: a chat that was seen before is enough.
    const known = isAway(err) ? findKnown(client, target) : undefined
    if (known) return known
    throw err
  }
}

const isAway = (err: unknown): boolean =>
  err instanceof Error &&
  'code' in err &&
  (err.code === 'NETWORK_ERROR' || err.code === 'SERVICE_UNAVAILABLE')

/** @returns undefined when none fits, or several do. */
function findKnown(client: Client, target: string): Chat | undefined {
  const name = target.replace(/^[@#]/, '').toLowerCase()
  const fits = ({ id, name: title, peer }: Chat): boolean =>
    id === name ||
    peer?.id === name ||
    (!target.startsWith('#') && peer?.username === name) ||
    (!target.startsWith('@') && title?.toLowerCase() === name)
  const [chat, another] = client.chats.known().filter(fits)
  return another ? undefined : chat
}

async function findOnServer(context: Context, client: Client, target: string): Promise<Chat> {
  if (UUID.test(target)) return findById(context, client, target)
  if (target.startsWith('@')) return openWith(context, client, await findUser(client, target))
  const named = await findNamed(client, target.replace(/^#/, ''))
  if (target.startsWith('#')) return onlyOne(named, target)
  const user = await lookUpUser(client, target)
  if (user && named.length > 0) {
    throw new CliError(
      EXIT.usage,
      `There is a person and a chat called ${target}`,
      `Say @${target} or "#${target}".`,
    )
  }
  return user ? openWith(context, client, user) : onlyOne(named, target)
}

/** @param name `alice`, `@alice` or a user id. @throws CliError not found. */
export async function findUser(client: Client, name: string): Promise<UserProfile> {
  if (UUID.test(name)) return client.chats.getUser(name)
  const user = await lookUpUser(client, name.replace(/^@/, ''))
  if (user) return user
  throw new CliError(EXIT.notFound, `There is nobody called ${name}`)
}

async function lookUpUser(client: Client, name: string): Promise<UserProfile | undefined> {
  const username = name.toLowerCase()
  if (!/^[a-z0-9_.]{3,32}$/.test(username)) return undefined
  const users = await client.chats.findUsers(username, 5)
  return users.find((user) => user.username === username) ?? findPeer(client, username)
}

/** Somebody who cannot be searched for may be in a direct chat already. */
async function findPeer(client: Client, username: string): Promise<UserProfile | undefined> {
  for await (const { peer } of client.chats.list({ type: 'direct' })) {
    if (peer?.username === username) return peer
  }
  return undefined
}

async function findNamed(client: Client, name: string): Promise<Chat[]> {
  const wanted = name.toLowerCase()
  const found: Chat[] = []
  for await (const chat of client.chats.list()) {
    if (chat.name?.toLowerCase() === wanted) found.push(chat)
  }
  return found
}

function onlyOne(chats: Chat[], target: string): Chat {
  const [chat, another] = chats
  if (!chat) throw new CliError(EXIT.notFound, `There is no person and no chat called ${target}`)
  if (!another) return chat
  const ids = chats.map(({ id }) => id).join(', ')
  throw new CliError(EXIT.usage, `Several chats are called ${target}`, `Give the id: ${ids}`)
}

async function findById(context: Context, client: Client, id: string): Promise<Chat> {
  const { isSupError } = await import('@sup/sdk')
  try {
    return await client.chats.get(id)
  } catch (err) {
    if (!isSupError(err) || err.code !== 'NOT_FOUND') throw err
    return openWith(context, client, await client.chats.getUser(id))
  }
}

const openWith = (context: Context, client: Client, user: UserProfile): Promise<Chat> =>
  openDirect(context, client, { userId: user.id, encryption: 'managed' })

/** Opens a direct chat and says what its encryption means. */
export async function openDirect(
  context: Context,
  client: Client,
  { userId, encryption }: { userId: string; encryption: Encryption },
): Promise<Chat> {
  const chat = await client.chats.openDirect(userId, encryption)
  sayEncryption(context, chat)
  return chat
}

/** This version cannot encrypt, and nobody should believe that it does. */
export function sayEncryption({ print }: Context, chat: Chat): void {
  if (chat.encryption === 'e2ee') {
    print.notice('Note: this version cannot encrypt. In this chat it sends only with --plain-form.')
  } else if ((chat.head?.seq ?? 0) <= chat.memberCount) {
    print.notice('Note: this chat is not end-to-end encrypted; the server can read it.')
  }
}
