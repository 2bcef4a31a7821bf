import type { Logger } from '@sup/service-kit/log'
import type { ChatHint, Payload, UUID, readReceipt } from '@sup/types'
import type { Connections } from '../../connections.js'
import type { HiddenPairs } from '../../hidden-pairs.js'
import type { Io } from '../../io.js'
import { deviceRoom, marksRoom, receiptsRoom, userRoom } from '../../rooms.js'
import { createThrottle } from './throttle.js'

export type ReceiptHint = Extract<ChatHint, { type: 'receipt' }>

export type AnnounceNeeds = {
  io: Io
  connections: Connections
  hiddenPairs: HiddenPairs
  log: Logger
}

/** Tells the sockets of this node what the marks that somebody moved mean to them. */
export type ReceiptAnnouncer = {
  /**
   * @param hint     What main-api published about the move; every node gets it and tells its own sockets.
   * @param deviceId The device that moved the marks, if it is known: it need not be told.
   */
  announce(hint: ReceiptHint, deviceId: UUID | undefined): void
  stop(): void
}

type Reading = {
  notice: Payload<typeof readReceipt>
  senderId: UUID
  deviceId: UUID | undefined
  isShown: boolean
}

/** At most one announcement per second, chat and reader. */
const PAUSE_MS = 1000

export function createAnnouncer(needs: AnnounceNeeds): ReceiptAnnouncer {
  const throttle = createThrottle<Reading>(PAUSE_MS, (reading) => {
    tellRead(needs, reading)
  })
  return {
    announce(hint, deviceId) {
      tellDelivered(needs.io, hint)
      const reading = readingOf(needs, hint, deviceId)
      if (reading) throttle.push(`${hint.chatId}${hint.userId}`, reading)
    },
    stop: () => {
      throttle.stop()
    },
  }
}

function tellDelivered(io: Io, hint: ReceiptHint): void {
  const { chatId, userId, deliveredSeq, newlyDelivered, at } = hint
  if (deliveredSeq === undefined) return
  for (const { messageId, senderId } of newlyDelivered ?? []) {
    const notice = { messageId, chatId, userId, deliveredSeq, at }
    io.local.to(userRoom(senderId)).emit('delivered', notice)
  }
}

function readingOf(
  { connections }: AnnounceNeeds,
  { chatId, userId, readSeq, newestRead, at, showsReads }: ReceiptHint,
  deviceId: UUID | undefined,
): Reading | undefined {
  if (readSeq === undefined || !newestRead) return undefined
  const { messageId, senderId } = newestRead
  return {
    notice: { messageId, chatId, userId, readSeq, readAt: at },
    senderId,
    deviceId,
    // Whoever is not known to show marks hides them.
    isShown: showsReads ?? connections.find(userId)?.receiptsVisible ?? false,
  }
}

function tellRead(needs: AnnounceNeeds, reading: Reading): void {
  const { notice, deviceId } = reading
  const ownDevice = deviceId === undefined ? [] : [deviceRoom(deviceId)]
  emitRead(needs.io, { to: userRoom(notice.userId), except: ownDevice, notice })
  if (!reading.isShown) return
  needs.hiddenPairs.of(notice.chatId, notice.userId).then(
    (hidden) => {
      const except = [notice.userId, ...hidden].map(userRoom)
      emitRead(needs.io, { to: audienceOf(needs.io, reading), except, notice })
    },
    (err: unknown) => {
      needs.log.debug('A read mark was not announced', { err })
    },
  )
}

/**
 * Small chats: everybody who shows marks. In larger ones nobody is in that room, and the sender of the message
 * is told.
 */
function audienceOf(io: Io, { notice, senderId }: Reading): string {
  const everybody = receiptsRoom(notice.chatId)
  return io.of('/').adapter.rooms.has(everybody) ? everybody : marksRoom(senderId)
}

type Announcement = { to: string; except: string[]; notice: Reading['notice'] }

function emitRead(io: Io, { to, except, notice }: Announcement): void {
  const sockets = io.local.to(to).except(except)
  sockets.emit('read_receipt', notice)
  sockets.emit('read', notice)
}
