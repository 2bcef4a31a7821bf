import { createInterface } from 'node:readline'
import type { OutboxEntry } from '@sup/sdk'
import { CliError, EXIT } from '../exit-codes.js'
import { entryLine, messageLine, peopleOf } from '../message-text.js'
import { createPeople } from '../people.js'
import { createSequence, untilEnd, watchConnection } from '../stream.js'
import { type Talk, createReader, listen, sendLine } from './talk.js'

/**
 * A conversation without a terminal: each line of standard input is sent, each message of others is
 * a line of standard output. Ends with the input, when everything is sent.
 */
export async function talkInLines(talk: Talk): Promise<void> {
  const { context, client, chat } = talk
  const { print } = context
  const reader = createReader(talk)
  printNews(talk, reader.show)
  watchConnection(client, {
    onUp: () => {
      print.notice('Connected.')
    },
    onDown: () => {
      print.notice('Reconnecting …')
    },
  })
  client.on('outbox', (entry) => {
    if (entry.body.chatId !== chat.id) return
    const { state, body, stored, error } = entry
    const { clientMessageId } = body
    print.item({ event: 'outbox', clientMessageId, state, ...stored, ...(error && { error }) }, '')
  })
  client.connect()
  try {
    await untilEnd(context, client, sendLines(talk))
  } finally {
    reader.stop()
  }
}

function printNews(
  { context, client, chat, isPlainForm }: Talk,
  show: (seq: number) => void,
): void {
  const { print } = context
  const people = createPeople(client)
  people.learnFrom(chat)
  const me = client.session()?.userId
  const inOrder = createSequence()
  listen({ context, client, chat, isPlainForm }, chat.head?.seq ?? 0, {
    onMessage: (message) => {
      void inOrder(async () => {
        if (!print.isJson) await people.learn([message.senderId])
        const isOwn = message.senderId === me
        const line = messageLine(message, { people, now: new Date(), isPlainForm })
        print.item({ event: 'message', message }, isOwn ? '' : line)
        show(message.seq)
      })
    },
    onEntry: (entry) => {
      void inOrder(async () => {
        if (!print.isJson) await people.learn(peopleOf(entry))
        print.item({ event: 'entry', entry }, entryLine(entry, { people, now: new Date() }))
      })
    },
  })
  client.on('typing', (payload) => {
    if (payload.chatId === chat.id) print.item({ event: 'typing', ...payload }, '')
  })
  client.on('receipt', (payload) => {
    if (payload.chatId === chat.id) print.item({ event: 'receipt', ...payload }, '')
  })
}

async function sendLines(talk: Talk): Promise<void> {
  const { context, client } = talk
  const entries: OutboxEntry[] = []
  for await (const line of createInterface({ input: context.terminal.stdin })) {
    if (line !== '') entries.push(await sendLine(talk, line))
  }
  const refused = await Promise.all(entries.map((entry) => whenSettled(talk, entry)))
  const codes = refused.filter((code) => code !== undefined)
  for (const { body } of entries) {
    if (client.outbox().find(body.clientMessageId)?.error) {
      await client.outbox().discard(body.clientMessageId)
    }
  }
  if (codes.length === 0) return
  throw new CliError(
    EXIT.failure,
    `${String(codes.length)} of ${String(entries.length)} lines were refused (${[...new Set(codes)].join(', ')})`,
  )
}

/** @returns the code of a refusal, or undefined when the server has the message. */
function whenSettled({ client }: Talk, { body }: OutboxEntry): Promise<string | undefined> {
  return new Promise((resolve) => {
    const look = (): boolean => {
      const entry = client.outbox().find(body.clientMessageId)
      if (entry?.stored || entry?.error) resolve(entry.error?.code)
      return entry?.stored !== undefined || entry?.error !== undefined
    }
    if (look()) return
    const leave = client.on('outbox', () => {
      if (look()) leave()
    })
  })
}
