import type { Chat, ChatMember, Encryption } from '@sup/types'
import { type Command, Option } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { oneLine, table, timeOf } from '../format.js'
import { textOf } from '../message-text.js'
import { titleOf } from '../people.js'
import { findChat, findUser, openDirect, sayEncryption } from '../targets.js'

/** Lists, opens and makes chats. */
export function addChatCommands(program: Command, act: Act): void {
  withExamples(
    program.command('chats').description('list the own chats, latest activity first'),
    ['sup chats', ''],
    ['sup chats --json | jq -r ".chats[].id"', 'for scripts'],
  )
    .option('--archived', 'the archived ones')
    .action(act(listChats))

  withExamples(program.command('open <user>').description('open the direct chat with somebody'), [
    'sup open @bob',
    'prints the id of the chat',
  ])
    .addOption(encryptionOption())
    .action(act(openChat))

  withExamples(
    program.command('create <name> [members...]').description('make a group, or a channel'),
    ['sup create "Summer trip" bob carol', 'a group of three'],
    ['sup create News --channel', 'only those with the permission write in it'],
  )
    .option('--channel', 'a channel instead of a group')
    .addOption(encryptionOption())
    .action(act(createChat))

  withExamples(
    program.command('members <chat>').description('list, add and remove members'),
    ['sup members "#Summer trip"', ''],
    ['sup members "#Summer trip" --add dave --remove bob', ''],
  )
    .option('--add <users...>', 'people to add')
    .option('--remove <users...>', 'people to remove')
    .action(act(manageMembers))
}

const encryptionOption = (): Option =>
  new Option('--encryption <mode>', 'managed: the server can read it; e2ee: for tests only, so far')
    .choices(['managed', 'e2ee'])
    .default('managed')

async function listChats(context: Context, { archived }: { archived?: boolean }): Promise<void> {
  await withAccount(context, async (client) => {
    const chats: Chat[] = []
    for await (const chat of client.chats.list(archived ? { archived } : {})) chats.push(chat)
    const rows = chats.map((chat) => chatRow(context, chat))
    context.print.result(
      { chats },
      rows.length > 0 ? table(rows) : 'No chats yet: `sup open NAME`.',
    )
  })
}

function chatRow({ print }: Context, chat: Chat): string[] {
  const { lastMessage, my, type } = chat
  const unread = my?.unreadCount ?? 0
  const title = (type === 'direct' ? '@' : '#') + titleOf(chat)
  return [
    unread > 0 ? print.style('bold', title) : title,
    unread > 0 ? print.style('green', `${String(unread)} new`) : '',
    lastMessage ? timeOf(lastMessage.createdAt, new Date()) : '',
    lastMessage ? oneLine(textOf(lastMessage), 60) : print.style('dim', 'no messages'),
  ]
}

async function openChat(
  context: Context,
  name: string,
  { encryption }: { encryption: Encryption },
): Promise<void> {
  await withAccount(context, async (client) => {
    const { id: userId } = await findUser(client, name)
    const chat = await openDirect(context, client, { userId, encryption })
    context.print.result({ chat }, chat.id)
  })
}

type NewChat = { channel?: boolean; encryption: Encryption }

async function createChat(
  context: Context,
  name: string,
  members: string[],
  { channel, encryption }: NewChat,
): Promise<void> {
  await withAccount(context, async (client) => {
    const memberIds: string[] = []
    for (const member of members) memberIds.push((await findUser(client, member)).id)
    const type = channel ? 'channel' : 'group'
    const chat = await client.chats.create({ type, name, memberIds, encryption })
    sayEncryption(context, chat)
    context.print.result({ chat }, chat.id)
  })
}

async function manageMembers(
  context: Context,
  target: string,
  { add = [], remove = [] }: { add?: string[]; remove?: string[] },
): Promise<void> {
  await withAccount(context, async (client, { userId: me }) => {
    const chat = await findChat(context, client, target)
    const ids: string[] = []
    for (const name of add) ids.push((await findUser(client, name)).id)
    if (ids.length > 0) await client.chats.addMembers(chat.id, ids)
    const removed: string[] = []
    for (const name of remove) removed.push((await findUser(client, name)).id)
    for (const userId of removed) await client.chats.removeMember(chat.id, userId)
    if (removed.includes(me)) {
      context.print.result({ chatId: chat.id, members: [] }, 'You have left the chat.')
      return
    }
    const members: ChatMember[] = []
    for await (const member of client.chats.members(chat.id)) members.push(member)
    const rows = members.map(({ user, roleName }) => [
      `@${user.username}`,
      oneLine(user.displayName, 40),
      roleName,
      user.status,
    ])
    context.print.result({ chatId: chat.id, members }, table(rows))
  })
}
