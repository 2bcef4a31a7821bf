import type { Client, ClientEvents } from '@sup/sdk'
import type { Chat } from '@sup/types'
import type { Command } from 'commander'
import { type Act, withExamples } from '../act.js'
import { type Context, withAccount } from '../context.js'
import { entryLine, messageLine, peopleOf } from '../message-text.js'
import { type People, createPeople, titleOf } from '../people.js'
import { createSequence, untilEnd, watchConnection } from '../stream.js'
import { findChat } from '../targets.js'

/** Prints what happens, as it happens. */
export function addTailCommand(program: Command, act: Act): void {
  withExamples(
    program.command('tail [chats...]').description('print messages as they come, until Ctrl-C'),
    ['sup tail', 'all chats'],
    ['sup tail bob "#Summer trip"', 'these'],
    [
      'sup tail --json | jq -r "select(.event==\\"message\\").message.content"',
      'one object per line',
    ],
  )
    .option('--missed', 'first what came since sup last ran')
    .option('--plain-form', 'show what was sent to e2ee chats without encryption: for tests')
    .action(act(tail))
}

type TailOptions = { missed?: boolean; plainForm?: boolean }
type Feed = {
  context: Context
  client: Client
  people: People
  wanted: Set<string>
  options: TailOptions
  /** False until what was missed before this run is through. */
  isCaughtUp: boolean
}

async function tail(context: Context, targets: string[], options: TailOptions): Promise<void> {
  await withAccount(context, async (client) => {
    const wanted = new Set<string>()
    for (const target of targets) wanted.add((await findChat(context, client, target)).id)
    const people = createPeople(client)
    const feed: Feed = { context, client, people, wanted, options, isCaughtUp: false }
    subscribe(feed)
    const { print } = context
    watchConnection(client, {
      onUp: () => {
        feed.isCaughtUp = true
        print.notice(`Connected to ${context.settings.server}. Ctrl-C ends.`)
      },
      onDown: () => {
        print.notice('Reconnecting …')
      },
    })
    client.connect()
    await untilEnd(context, client)
  })
}

/** What is printed: the events of docs/cli.md, each under its name. */
function subscribe(feed: Feed): void {
  const { client, context } = feed
  const { print } = context
  const inOrder = createSequence()
  const isWanted = (chatId: string): boolean => feed.wanted.size === 0 || feed.wanted.has(chatId)
  client.on('message', ({ message, source }) => {
    if (isWanted(message.chatId) && isNews(feed, source))
      void inOrder(() => printMessage(feed, message))
  })
  client.on('entry', ({ entry, source }) => {
    if (isWanted(entry.chatId) && isNews(feed, source)) void inOrder(() => printEntry(feed, entry))
  })
  for (const event of ['receipt', 'typing', 'integrity'] as const) {
    client.on(event, (payload) => {
      if (isWanted(payload.chatId))
        void inOrder(() => {
          print.item({ event, ...payload }, '')
        })
    })
  }
  client.on('presence', (payload) => {
    print.item({ event: 'presence', ...payload }, '')
  })
  client.on('state', ({ state }) => {
    print.item({ event: 'state', state }, '')
  })
}

const isNews = (
  { isCaughtUp, options }: Feed,
  source: ClientEvents['message']['source'],
): boolean => source === 'live' || (source === 'sync' && (isCaughtUp || options.missed === true))

async function printMessage(
  feed: Feed,
  message: ClientEvents['message']['message'],
): Promise<void> {
  const { context, people, options } = feed
  if (!context.print.isJson) await people.learn([message.senderId])
  const prefix = prefixOf(feed, message.chatId)
  const isPlainForm = options.plainForm ?? false
  const line = messageLine(message, { people, now: new Date(), prefix, isPlainForm })
  context.print.item({ event: 'message', message }, line)
}

async function printEntry(feed: Feed, entry: ClientEvents['entry']['entry']): Promise<void> {
  const { context, people } = feed
  if (!context.print.isJson) await people.learn(peopleOf(entry))
  const line = entryLine(entry, { people, now: new Date(), prefix: prefixOf(feed, entry.chatId) })
  context.print.item({ event: 'entry', entry }, line)
}

/** Which chat, where that is not plain from who writes. */
function prefixOf({ client, people }: Feed, chatId: string): string {
  const chat: Chat | undefined = client.chats.known().find(({ id }) => id === chatId)
  if (!chat) return ''
  people.learnFrom(chat)
  return `[${titleOf(chat)}] `
}
