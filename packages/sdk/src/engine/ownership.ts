import { type Storage, type StorageChange, drop, put } from '../storage/storage.js'
import { dropChats, dropMessages, dropSync, storedChatIds } from '../sync/world.js'

const NAMESPACE = 'owner'
const KEY = 'userId'

/** What one account stored is never shown to, or sent by, another. */
export async function claimStorage(storage: Storage, userId: string): Promise<void> {
  const owner = await storage.get(NAMESPACE, KEY)
  if (owner === userId) return
  const changes = owner === undefined ? [] : await everything(storage)
  await storage.transaction([...changes, put(NAMESPACE, KEY, userId)], { durable: true })
}

/** Forgets chats, messages and the outbox; the names of devices stay for the next log-in. */
export async function wipe(storage: Storage): Promise<void> {
  await storage.transaction([...(await everything(storage)), drop(NAMESPACE)], { durable: true })
}

async function everything(storage: Storage): Promise<StorageChange[]> {
  const chatIds = await storedChatIds(storage)
  return [...chatIds.map(dropMessages), dropChats(), dropSync(), drop('outbox')]
}
