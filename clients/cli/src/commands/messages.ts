import type { Client } from '@sup/sdk'
import type { Chat, MediaFile } from '@sup/types'
import { type Command, InvalidArgumentError } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { CliError, EXIT } from '../exit-codes.js'
import { uploadForChat } from '../files.js'
import { draftOf, messageLine } from '../message-text.js'
import { createPeople } from '../people.js'
import { sendAndWait } from '../send.js'
import { readAll } from '../stdin.js'
import { findChat } from '../targets.js'

const PLAIN_FORM = 'in an e2ee chat send and show texts without encrypting: for tests'

/** Sends, shows and changes messages. */
export function addMessageCommands(program: Command, act: Act): void {
  withExamples(
    program
      .command('send <to> [text...]')
      .description('send a message and wait until the server has it'),
    ['sup send bob "See you at 8"', 'to a person'],
    ['sup send "#Summer trip" hello everybody', 'to a group'],
    ['git log -1 | sup send bob', 'what comes on standard input'],
    ['sup send bob --file plan.pdf "the plan"', 'a file, with or without a text'],
  )
    .option('--file <path>', 'a file to send along; may be given up to ten times', collect, [])
    .option('--reply-to <messageId>', 'the message that this answers')
    .option('--timeout <seconds>', 'how long to wait; it is sent later then', seconds, 30)
    .option('--plain-form', PLAIN_FORM)
    .action(act(send))

  withExamples(
    program.command('history <chat>').description('show messages, oldest first'),
    ['sup history bob', 'the newest 20'],
    ['sup history bob --limit 100 --before 250', 'those before position 250'],
  )
    .option('--limit <number>', 'how many, 1 to 100', count, 20)
    .option('--before <seq>', 'only messages before this position or message id')
    .option('--ids', 'show the id of each message')
    .option('--plain-form', PLAIN_FORM)
    .action(act(showHistory))

  withExamples(program.command('read <chat>').description('mark everything in a chat as read'), [
    'sup read bob',
    '',
  ]).action(act(markRead))

  withExamples(program.command('edit <messageId> <text>').description('change an own message'), [
    'sup edit 0192f0c1-… "See you at 9"',
    'ids: sup history bob --ids',
  ]).action(act(edit))

  withExamples(
    program.command('delete <messageId>').description('delete a message for everybody'),
    ['sup delete 0192f0c1-…', ''],
    ['sup delete 0192f0c1-… --for-me', 'hides it only here'],
  )
    .option('--for-me', 'hide it for yourself, on all your devices')
    .action(act(remove))

  withExamples(
    program.command('react <messageId> <emoji>').description('react to a message'),
    ['sup react 0192f0c1-… 👍', ''],
    ['sup react 0192f0c1-… 👍 --remove', 'takes it back'],
  )
    .option('--remove', 'take the reaction back')
    .action(act(react))
}

const MOST_FILES = 10

function collect(path: string, paths: string[]): string[] {
  if (paths.length >= MOST_FILES) throw new InvalidArgumentError('At most ten files.')
  return [...paths, path]
}

function seconds(text: string): number {
  const value = Number(text)
  if (!(value > 0 && value <= 86_400)) throw new InvalidArgumentError('Give 1 to 86400 seconds.')
  return value
}

function count(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 1 || value > 100) {
    throw new InvalidArgumentError('Give a number from 1 to 100.')
  }
  return value
}

type SendOptions = { replyTo?: string; timeout: number; plainForm?: boolean; file: string[] }

async function send(
  context: Context,
  to: string,
  words: string[],
  { replyTo, timeout, plainForm = false, file: paths }: SendOptions,
): Promise<void> {
  const text = await textOfSend(context, words, paths.length > 0)
  await withAccount(context, async (client) => {
    const chat = await findChat(context, client, to)
    const draft = {
      ...(text === '' ? {} : draftOf(chat, text, plainForm)),
      ...(replyTo && { replyToId: replyTo }),
      ...(await filesOf(context, client, { chat, paths })),
    }
    const message = await sendAndWait(client, { chatId: chat.id, draft, timeoutMs: timeout * 1000 })
    context.print.result({ message }, `sent  ${message.id}`)
  })
}

/** With files a text may be missing; standard input is not waited for then. */
async function textOfSend(context: Context, words: string[], hasFiles: boolean): Promise<string> {
  if (words.length > 0) return words.join(' ')
  return hasFiles ? '' : textFromInput(context)
}

/** One after the other: a line is shared better in order, and people see which one is slow. */
async function filesOf(
  context: Context,
  client: Client,
  { chat, paths }: { chat: Chat; paths: readonly string[] },
): Promise<{ type?: MediaFile['type']; attachments?: string[] }> {
  const files: MediaFile[] = []
  for (const path of paths) files.push(await uploadForChat(context, client, { chat, path }))
  const [first] = files
  if (!first) return {}
  const isOneKind = files.every(({ type }) => type === first.type)
  return { type: isOneKind ? first.type : 'file', attachments: files.map(({ id }) => id) }
}

async function textFromInput({ terminal }: Context): Promise<string> {
  const text = terminal.stdin.isTTY ? '' : await readAll(terminal.stdin)
  if (text !== '') return text
  throw new CliError(EXIT.usage, 'There is nothing to send', 'Try: sup send bob "Hello"')
}

type HistoryOptions = { limit: number; before?: string; ids?: boolean; plainForm?: boolean }

async function showHistory(
  context: Context,
  target: string,
  { limit, before, ids, plainForm = false }: HistoryOptions,
): Promise<void> {
  await withAccount(context, async (client) => {
    const chat = await findChat(context, client, target)
    const query = { limit, ...(before && { before }) }
    const { messages, hasMoreBefore } = await client.messages.history(chat.id, query)
    const people = createPeople(client)
    people.learnFrom(chat)
    if (!context.print.isJson) await people.learn(messages.map(({ senderId }) => senderId))
    const now = new Date()
    context.print.result(
      { chatId: chat.id, messages, hasMoreBefore },
      messages.map((message) => {
        const id = ids ? `${context.print.style('dim', message.id)} ` : ''
        return id + messageLine(message, { people, now, isPlainForm: plainForm })
      }),
    )
  })
}

async function markRead(context: Context, target: string): Promise<void> {
  await withAccount(context, async (client) => {
    const chat = await findChat(context, client, target)
    const seq = chat.head?.seq ?? 0
    const unreadCount = await client.messages.markRead(chat.id, seq)
    context.print.result({ chatId: chat.id, lastReadSeq: seq, unreadCount }, 'read')
  })
}

async function edit(context: Context, messageId: string, content: string): Promise<void> {
  await withAccount(context, async (client) => {
    const message = await client.messages.edit(messageId, { content })
    context.print.result({ message }, 'edited')
  })
}

async function remove(
  context: Context,
  messageId: string,
  { forMe }: { forMe?: boolean },
): Promise<void> {
  await withAccount(context, async (client) => {
    const scope = forMe ? 'me' : 'everyone'
    await client.messages.remove(messageId, scope)
    context.print.result({ messageId, scope }, 'deleted')
  })
}

async function react(
  context: Context,
  messageId: string,
  emoji: string,
  options: { remove?: boolean },
): Promise<void> {
  await withAccount(context, async (client) => {
    if (options.remove) {
      const removed = await client.messages.unreact(messageId, emoji)
      context.print.result({ messageId, emoji, removed }, removed > 0 ? 'taken back' : 'not there')
      return
    }
    await client.messages.react(messageId, emoji)
    context.print.result({ messageId, emoji }, 'reacted')
  })
}
