import type { ReceiptChange } from '@sup/types'
import type { ServerMessage } from '../socket/events.js'
import { applyAccount } from '../sync/apply-account.js'
import { applyLive } from '../sync/apply-entries.js'
import { type Incoming, fromEntry, fromMessage } from '../sync/incoming.js'
import type { Engine } from './parts.js'

/** Takes one event of the socket to the part that it concerns. */
export function receive(engine: Engine, event: ServerMessage): void {
  const incoming = logEntriesOf(event)
  if (incoming) takeLive(engine, incoming)
  else if (event.name === 'account') takeAccount(engine, event.payload)
  else if (event.name === 'heads') {
    engine.catchUp.noteHeads(event.payload.epoch, event.payload.heads)
  } else takeHint(engine, event)
}

function logEntriesOf(event: ServerMessage): Incoming[] | undefined {
  if (event.name === 'message') return [fromMessage(event.payload)]
  if (event.name === 'messages') return event.payload.messages.map(fromMessage)
  if (event.name === 'entry') return [fromEntry(event.payload)]
  return undefined
}

function takeLive({ inbox, world }: Engine, incoming: Incoming[]): void {
  void inbox.push((batch) => {
    applyLive(world, batch, incoming)
  })
}

type Account = Extract<ServerMessage, { name: 'account' }>['payload']

function takeAccount({ inbox, world }: Engine, change: Account): void {
  void inbox.push((batch) => {
    applyAccount(world, batch, change)
  })
}

/** What may be lost. `read` repeats `read_receipt` and says nothing new. */
function takeHint({ emitter, inbox, log }: Engine, event: ServerMessage): void {
  if (event.name === 'typing') emitter.emit('typing', event.payload)
  else if (event.name === 'presence') emitter.emit('presence', event.payload)
  else if (event.name === 'error') log.debug('the server refused an event', event.payload)
  const payload = receiptOf(event)
  // Through the inbox, so that no receipt is told before the message that it is about.
  if (payload) void inbox.push((batch) => void batch.emissions.push({ name: 'receipt', payload }))
}

function receiptOf(event: ServerMessage): ReceiptChange | undefined {
  if (event.name === 'delivered') {
    const { chatId, userId, deliveredSeq, at } = event.payload
    return { chatId, userId, deliveredSeq, at }
  }
  if (event.name !== 'read_receipt') return undefined
  const { chatId, userId, readSeq, readAt: at } = event.payload
  return { chatId, userId, readSeq, at }
}
