import type { OutboxEntry, OutboxState } from '@sup/sdk'
import type { LogEntry, Message } from '@sup/types'
import { oneLine, safe, timeOf, widthOf } from '../format.js'
import { entryLine, messageLine, peopleOf } from '../message-text.js'
import { type People, createPeople, titleOf } from '../people.js'
import { createSequence, untilEnd, watchConnection } from '../stream.js'
import { type Block, type Screen, openScreen } from './screen.js'
import { type Talk, createReader, listen, sendLine } from './talk.js'
import { createTyping, watchTyping } from './typing.js'

const HISTORY = 15

/** An own line on the screen, whose state is rewritten as it moves. */
type OwnLine = { block: Block; column: number; state: OutboxState }
type Show = Talk & {
  screen: Screen
  people: People
  own: Map<string, OwnLine>
  show: (seq: number) => void
}

/** A conversation on a terminal: news appear above the line that is being written. */
export async function talkOnScreen(talk: Talk): Promise<void> {
  const { context, client, chat } = talk
  const people = createPeople(client)
  people.learnFrom(chat)
  const { messages } = await client.messages.history(chat.id, { limit: HISTORY })
  await people.learn(messages.map(({ senderId }) => senderId))
  const reader = createReader(talk)
  const typing = createTyping(client, chat.id)
  let leave = (): void => undefined
  const left = new Promise<void>((resolve) => {
    leave = resolve
  })
  const screen = openScreen(context.terminal, '> ', {
    onLine: (line) => {
      typing.stop()
      if (line.trim() !== '') sendLine(talk, line).catch(explain)
    },
    onKey: typing.key,
    onClose: leave,
  })
  const view: Show = { ...talk, screen, people, own: new Map(), show: reader.show }
  const explain = (err: Error): void => {
    screen.print(`* not sent: ${err.message}`)
  }
  greet(view, messages)
  follow(view, messages.at(-1)?.seq ?? chat.head?.seq ?? 0)
  client.connect()
  try {
    await untilEnd(context, client, left)
  } finally {
    typing.stop()
    reader.stop()
    screen.close()
    sayUnsent(talk)
  }
}

function greet(view: Show, messages: readonly Message[]): void {
  const { screen, chat, context, client } = view
  const { print } = context
  screen.print(print.style('dim', `— ${titleOf(chat)} — Ctrl-D ends —`))
  for (const message of messages) showMessage(view, message)
  const waiting = client
    .outbox()
    .list(chat.id)
    .filter(({ stored }) => !stored)
  for (const entry of waiting) showOwn(view, entry)
}

function follow(view: Show, after: number): void {
  const { client, chat, people, screen } = view
  const inOrder = createSequence()
  listen(view, after, {
    onMessage: (message) => {
      void inOrder(async () => {
        await people.learn([message.senderId])
        showMessage(view, message)
      })
    },
    onEntry: (entry) => {
      void inOrder(() => showEntry(view, entry))
    },
  })
  client.on('outbox', (entry) => {
    if (entry.body.chatId === chat.id) showOwn(view, entry)
  })
  let prompt = ''
  let isDown = false
  const update = (): void => {
    screen.setPrompt(`${isDown ? 'Reconnecting … ' : prompt}> `)
  }
  watchTyping(client, chat.id, (userIds) => {
    void inOrder(async () => {
      await people.learn(userIds)
      prompt = userIds.length === 0 ? '' : `${userIds.map(people.name).join(', ')} typing … `
      update()
    })
  })
  const setDown = (value: boolean) => (): void => {
    isDown = value
    update()
  }
  watchConnection(client, { onUp: setDown(false), onDown: setDown(true) })
}

function showMessage(view: Show, message: Message): void {
  const { screen, people, client, isPlainForm, context } = view
  view.show(message.seq)
  if (message.senderId !== client.session()?.userId) {
    const line = messageLine(message, { people, now: new Date(), isPlainForm })
    screen.print(
      line.replace(
        /^(\S+(?: \S+)? )([^:]+:)/,
        (_, time: string, name: string) => time + context.print.style('cyan', name),
      ),
    )
    return
  }
  const { clientMessageId, createdAt } = message
  if (view.own.has(clientMessageId)) return
  const known = client.outbox().find(clientMessageId)?.state
  const text = messageLine(message, { people, now: new Date(), isPlainForm })
  printOwn(view, clientMessageId, {
    time: timeOf(createdAt, new Date()),
    text: text.slice(text.indexOf(': ') + 2),
    state: known ?? stateOf(view, message.seq),
  })
}

/** Of a message that this client did not send itself: by the marks of the chat. */
function stateOf({ client, chat }: Show, seq: number): OutboxState {
  const { receipts } = client.chats.known().find(({ id }) => id === chat.id) ?? chat
  if (seq <= (receipts?.readByAllSeq ?? 0)) return 'read'
  return seq <= (receipts?.deliveredToAllSeq ?? 0) ? 'delivered' : 'sent'
}

async function showEntry({ screen, people, context }: Show, entry: LogEntry): Promise<void> {
  await people.learn(peopleOf(entry))
  const line = entryLine(entry, { people, now: new Date() })
  if (line !== '') screen.print(context.print.style('dim', line))
}

/** Prints an own message when it is new, else rewrites its state. */
function showOwn(view: Show, { body, state, createdAt, error }: OutboxEntry): void {
  const line = view.own.get(body.clientMessageId)
  if (!line) {
    if (state === 'sent' || state === 'delivered' || state === 'read') return
    const time = timeOf(new Date(createdAt).toISOString(), new Date())
    const text = safe(body.content ?? body.encryptedContent ?? '').replaceAll('\n', '\n      ')
    printOwn(view, body.clientMessageId, { time, text, state })
  } else if (line.state !== state) {
    line.state = state
    view.screen.rewrite(line.block, line.column, label(view, state))
  }
  if (error) view.screen.print(`* not sent: ${oneLine(error.message)} (${error.code})`)
}

function printOwn(
  view: Show,
  clientMessageId: string,
  { time, text, state }: { time: string; text: string; state: OutboxState },
): void {
  const head = `${time} you `
  const block = view.screen.print(`${head}${label(view, state)} ${text}`)
  view.own.set(clientMessageId, { block, column: widthOf(head), state })
}

const LABELS: Record<OutboxState, string> = {
  queued: '[waiting]  ',
  sending: '[sending]  ',
  sent: '[sent]     ',
  delivered: '[delivered]',
  read: '[read]     ',
  failed: '[failed]   ',
}

function label({ context: { print } }: Show, state: OutboxState): string {
  if (state === 'read') return print.style('green', LABELS.read)
  return print.style(state === 'failed' ? 'red' : 'dim', LABELS[state])
}

function sayUnsent({ client, chat, context }: Talk): void {
  if (!client.session()) return
  const waiting = client
    .outbox()
    .list(chat.id)
    .filter(({ stored, error }) => !stored && !error)
  if (waiting.length === 0) return
  context.print.notice(
    `Not sent yet: ${String(waiting.length)}. They go out when sup runs again; see \`sup outbox\`.`,
  )
}
