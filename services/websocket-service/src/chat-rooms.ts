import { LIMITS, type UUID } from '@sup/types'
import type { Connection, MemberChat } from './connections.js'
import {
  batchesRoom,
  deviceRoom,
  marksRoom,
  plainRoom,
  receiptsRoom,
  singlesRoom,
  typingRoom,
  userRoom,
} from './rooms.js'

/** Enters the rooms of its user and device, and of every chat it follows. */
export function enterRooms(connection: Connection): void {
  const { socket, userId, deviceId, person } = connection
  const rooms = [userRoom(userId), deviceRoom(deviceId)]
  if (person.receiptsVisible) rooms.push(marksRoom(userId))
  for (const [chatId, chat] of connection.chats) rooms.push(...roomsOf(connection, chatId, chat))
  void socket.join(rooms)
}

/** Leaves every room but its own, so that nothing is sent to it but what names it. */
export function leaveRooms({ socket }: Connection): void {
  for (const room of socket.rooms) if (room !== socket.id) void socket.leave(room)
}

/** Enters the rooms it belongs to now, and no others. Nothing is sent in between: this is one turn. */
export function reenterRooms(connection: Connection): void {
  leaveRooms(connection)
  enterRooms(connection)
}

/** Leaves the rooms of one chat. */
export function leaveChat({ socket }: Connection, chatId: UUID): void {
  for (const roomOf of EVERY_CHAT_ROOM) void socket.leave(roomOf(chatId))
}

const EVERY_CHAT_ROOM = [singlesRoom, batchesRoom, plainRoom, typingRoom, receiptsRoom]

function roomsOf(connection: Connection, chatId: UUID, chat: MemberChat): string[] {
  const { person } = connection
  const rooms = [connection.isBatch ? batchesRoom(chatId) : singlesRoom(chatId)]
  if (connection.isPlain) rooms.push(plainRoom(chatId))
  if (person.typingVisible) rooms.push(typingRoom(chatId))
  if (person.receiptsVisible && chat.memberCount <= LIMITS.membersWithReceipts) {
    rooms.push(receiptsRoom(chatId))
  }
  return rooms
}
