import type { Message } from '@sup/types'
import type { Emission } from '../sync/world.js'
import type { Engine } from './parts.js'

/** Tells one event to the application, after the parts of the SDK that learn from it. */
export function tell(engine: Engine, emission: Emission): void {
  const { emitter, marks, world } = engine
  if (emission.name === 'message') learnOwn(engine, emission.payload.message)
  if (emission.name === 'entry' && emission.payload.entry.kind === 'message_deleted') {
    forgetOwn(engine, emission.payload.entry)
  }
  if (emission.name === 'receipt') {
    marks.note(emission.payload)
    markOutbox(engine, emission.payload.chatId)
  }
  if (emission.name === 'chat' && world.tracks.has(emission.payload.chatId)) {
    markOutbox(engine, emission.payload.chatId)
  }
  emitter.emit(emission.name, emission.payload)
}

/** An own message that comes back was stored, whatever became of its acknowledgement. */
function learnOwn({ world, outbox }: Engine, message: Message): void {
  if (message.senderId === world.me) void outbox.acknowledge(message.clientMessageId, message)
}

/** A deleted message must not come back when the server was restored from a backup. */
function forgetOwn(
  { outbox }: Engine,
  entry: { chatId: string; messageId?: string | undefined },
): void {
  const own = outbox.list(entry.chatId).find(({ stored }) => stored?.id === entry.messageId)
  if (own) void outbox.discard(own.body.clientMessageId)
}

function markOutbox({ world, marks, outbox }: Engine, chatId: string): void {
  const track = world.tracks.get(chatId)
  if (!track) return
  const { deliveredSeq, readSeq } = marks.ofAll(track.chat)
  outbox.mark(chatId, deliveredSeq, readSeq)
}
