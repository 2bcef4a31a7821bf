export { createClient, type Client, type ClientOptions } from './client.js'
export type { ClientEvents, ClientState } from './client-events.js'
export type { Accounts, Credentials, DeviceName, NewAccount } from './api/accounts.js'
export type { Chats, NewChat } from './api/chats.js'
export type { HistoryPage, Messages, Sending } from './api/messages.js'
export type { Download, Media } from './api/media.js'
export { listAll } from './api/pages.js'
export type { Clock } from './base/clock.js'
export { systemClock } from './base/clock.js'
export type { Log } from './base/log.js'
export { SupError, isSupError, type SupErrorFields } from './base/sup-error.js'
export { createUuids } from './base/uuid.js'
export type { Call, CallOptions } from './http/call.js'
export {
  type Answer,
  type CallInput,
  type RequestNeeds,
  type RequestOptions,
  sendRequest,
} from './http/request.js'
export type { Upload, UploadOptions } from './media/upload.js'
export type { OutboxEntry, OutboxState, Stored } from './outbox/entry.js'
export type { Draft, Outbox } from './outbox/outbox.js'
export type { Session } from './session/tokens.js'
export { createMemoryStorage } from './storage/memory-storage.js'
export type { Storage, StorageChange, StorageRecord } from './storage/storage.js'
export { ZERO_DIGEST, canonical, foldDigest, hashEntry, hashMessage } from './sync/digest.js'
export type { ChatNews, Integrity, Source } from './sync/world.js'
