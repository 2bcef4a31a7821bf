import type { Clock } from '@sup/service-kit/clock'
import { LIMITS, type LogEntry, type Message, type UUID } from '@sup/types'
import type { Connections } from '../../connections.js'
import type { Io } from '../../io.js'
import { batchesRoom, plainRoom, singlesRoom, userRoom } from '../../rooms.js'
import type { SocketMetrics } from '../../socket-metrics.js'
import type { LogItem } from './chat-stream.js'
import { splitBySize } from './split-by-size.js'

export type FanOutNeeds = {
  io: Io
  connections: Connections
  clock: Clock
  metrics: SocketMetrics
  /** Told which messages, ascending, were written to plain sockets: for these, that is their delivery. */
  onWritten: (chatId: UUID, messages: readonly Message[]) => void
}

/** Gives consecutive items of a chat to the sockets of this node. */
export type FanOut = (chatId: UUID, items: readonly LogItem[]) => void

/**
 * Makes the fan-out of a node.
 *
 * It emits to the node's own sockets only: every node with members of the chat gets the publication itself,
 * so a broadcast through the adapter would show everything once per node.
 */
export function createFanOut(needs: FanOutNeeds): FanOut {
  return (chatId, items) => {
    let run: Message[] = []
    for (const item of items) {
      if (item.message && !item.hiddenFor) {
        run.push(item.message)
        continue
      }
      emitMessages(needs, chatId, run)
      run = []
      emitOne(needs, chatId, item)
    }
    emitMessages(needs, chatId, run)
    noteDelivery(needs, chatId, items)
  }
}

/** Each as `message`; several in a row as `messages` to those who asked for it. */
function emitMessages({ io }: FanOutNeeds, chatId: UUID, run: readonly Message[]): void {
  const singles = singlesRoom(chatId)
  const batches = batchesRoom(chatId)
  const [first] = run
  if (!first) return
  if (run.length === 1) {
    io.local.to([singles, batches]).emit('message', first)
    return
  }
  if (hasRoom(io, singles)) {
    for (const message of run) io.local.to(singles).emit('message', message)
  }
  if (!hasRoom(io, batches)) return
  for (const part of splitBySize(run, LIMITS.messagesEventBytes, LIMITS.batchItems)) {
    const [only] = part
    if (part.length === 1 && only) io.local.to(batches).emit('message', only)
    else io.local.to(batches).emit('messages', { chatId, messages: part })
  }
}

/** An item that is no message, or one that some viewers may not see. */
function emitOne(needs: FanOutNeeds, chatId: UUID, item: LogItem): void {
  const rooms = [singlesRoom(chatId), batchesRoom(chatId)]
  const hidden = item.hiddenFor ?? []
  const others = needs.io.local.to(rooms).except(hidden.map(userRoom))
  if (item.message) others.emit('message', item.message)
  else others.emit('entry', item.entry)
  if (hidden.length === 0) return
  const nothing = voidOf(item, chatId)
  for (const userId of hidden) {
    const socketIds = inRooms(needs, userId, rooms)
    if (socketIds.length > 0) needs.io.local.to(socketIds).emit('entry', nothing)
  }
}

function inRooms(
  { io, connections }: FanOutNeeds,
  userId: UUID,
  rooms: readonly string[],
): string[] {
  const { adapter } = io.of('/')
  const mine = [...(connections.find(userId)?.connections ?? [])].map(({ socket }) => socket.id)
  return mine.filter((id) => rooms.some((room) => adapter.rooms.get(room)?.has(id)))
}

/** Keeps its number, shows nothing. */
function voidOf(item: LogItem, chatId: UUID): LogEntry {
  const { seq } = item
  const { entryId, at, hash } = item.message
    ? { entryId: item.message.id, at: item.message.createdAt, hash: item.message.hash }
    : item.entry
  return { chatId, seq, kind: 'void', entryId, at, hash }
}

function noteDelivery(needs: FanOutNeeds, chatId: UUID, items: readonly LogItem[]): void {
  const newest = items.findLast((item) => item.message)?.message
  if (!newest) return
  const seconds = (needs.clock.now().getTime() - Date.parse(newest.createdAt)) / 1000
  if (Number.isFinite(seconds)) needs.metrics.delivery.observe(Math.max(0, seconds))
  if (!hasRoom(needs.io, plainRoom(chatId))) return
  const messages = items.flatMap(({ message }) => (message ? [message] : []))
  needs.onWritten(chatId, messages)
}

const hasRoom = (io: Io, room: string): boolean => io.of('/').adapter.rooms.has(room)
