export { type NewEntry, appendEntry } from './append-entry.js'
export { type LockedChat, chatLogStore } from './chat-log-store.js'
export {
  type HashedContent,
  canonical,
  foldDigest,
  hashChange,
  hashContent,
  newSalt,
} from './digest.js'
export { lockChat, lockChats } from './lock-chats.js'
export { type CommittedEntry, publishEntries } from './publish-entries.js'
