// Rooms are named by the server alone: no text of a client ever becomes a room.

/** All sockets of a user. */
export const userRoom = (userId: string): string => `u:${userId}`

/** All sockets of a device. */
export const deviceRoom = (deviceId: string): string => `d:${deviceId}`

/** The sockets of a user who shows read marks to others, and so sees theirs. */
export const marksRoom = (userId: string): string => `v:${userId}`

/** Members of a chat who get each message as an event of its own. */
export const singlesRoom = (chatId: string): string => `c:${chatId}`

/** Members of a chat who asked for `messages`. */
export const batchesRoom = (chatId: string): string => `b:${chatId}`

/** Members of a chat whose clients never say what they have stored: writing to them counts as delivery. */
export const plainRoom = (chatId: string): string => `p:${chatId}`

/** Members of a chat who show when they type, and so see it of others. */
export const typingRoom = (chatId: string): string => `t:${chatId}`

/** Members of a chat who show read marks to others, and so see theirs. */
export const receiptsRoom = (chatId: string): string => `r:${chatId}`
