/** One change of a transaction: put a value, delete a key, or drop a whole namespace. */
export type StorageChange =
  | { namespace: string; key: string; value: unknown }
  | { namespace: string; key: string }
  | { namespace: string }

export type StorageRecord = { key: string; value: unknown }

/**
 * Where a client keeps what must survive it: session, outbox, chats, positions, messages.
 * Values are JSON. What is read back is a copy.
 */
export type Storage = {
  /** @returns undefined when there is nothing. */
  get: (namespace: string, key: string) => Promise<unknown>
  /** Everything of a namespace, keys ascending by code unit. */
  list: (namespace: string) => Promise<StorageRecord[]>
  /**
   * All changes or none, in their order. With `durable` it returns only when they survive a power
   * cut; without, when they survive the end of the process.
   */
  transaction: (changes: readonly StorageChange[], options?: { durable?: boolean }) => Promise<void>
  /** Makes everything written so far survive a power cut. */
  flush: () => Promise<void>
  close: () => Promise<void>
}

export const put = (namespace: string, key: string, value: unknown): StorageChange => ({
  namespace,
  key,
  value,
})
export const remove = (namespace: string, key: string): StorageChange => ({ namespace, key })
export const drop = (namespace: string): StorageChange => ({ namespace })
