export { toChatState } from './chat-row.js'
export { type Viewer, chatStore } from './chat-store.js'
export { readChat, readChats } from './read-chats.js'
