import type { InternalClient } from '@sup/service-kit/http'
import { type UUID, readMembers } from '@sup/types'

/** Who is hidden from whom in chats, by blocks. */
export type HiddenPairs = {
  /**
   * Those from whom `userId` is hidden in a chat, and who are hidden from `userId`: the same people.
   *
   * @throws AppError when main-api cannot be asked: then nothing may be shown to anybody.
   */
  of(chatId: UUID, userId: UUID): Promise<readonly UUID[]>
  /** Something about this account changed: what is kept about it is read again when it is needed. */
  drop(userId: UUID): void
}

type Pairs = readonly (readonly [UUID, UUID])[]
type Kept = {
  pairs: Promise<Pairs>
  memberIds: Set<UUID>
  /** On the monotonic clock. */
  readAt: number
  isComplete: boolean
}

const MOST_CHATS = 5000
/** A change raises a revocation; this is for the one that is raised while an answer is on its way. */
const KEEP_MS = 60_000
const MEMBERS_PER_PAGE = 1000

/** Keeps the pairs of the chats that were asked for last. */
export function createHiddenPairs(mainApi: InternalClient): HiddenPairs {
  const kept = new Map<UUID, Kept>()

  function read(chatId: UUID): Promise<Pairs> {
    const known = kept.get(chatId)
    if (known && performance.now() - known.readAt < KEEP_MS) return known.pairs
    const memberIds = new Set<UUID>()
    const pairs = readAll(mainApi, chatId, memberIds)
    const entry: Kept = { pairs, memberIds, readAt: performance.now(), isComplete: false }
    kept.delete(chatId)
    kept.set(chatId, entry)
    pairs.then(
      () => (entry.isComplete = true),
      () => kept.delete(chatId),
    )
    const [oldest] = kept.keys()
    if (kept.size > MOST_CHATS && oldest !== undefined) kept.delete(oldest)
    return pairs
  }

  return {
    async of(chatId, userId) {
      const pairs = await read(chatId)
      return pairs.flatMap(([one, other]) =>
        one === userId ? [other] : other === userId ? [one] : [],
      )
    },
    drop(userId) {
      for (const [chatId, { memberIds, isComplete }] of kept) {
        // An answer on its way may be from before the change.
        if (!isComplete || memberIds.has(userId)) kept.delete(chatId)
      }
    },
  }
}

async function readAll(
  mainApi: InternalClient,
  chatId: UUID,
  memberIds: Set<UUID>,
): Promise<Pairs> {
  const pairs: (readonly [UUID, UUID])[] = []
  let after: UUID | undefined
  for (;;) {
    const answer = await mainApi.callInternal(readMembers, {
      params: { chatId },
      query: after === undefined ? {} : { after },
    })
    pairs.push(...(answer.hiddenPairs ?? []))
    for (const id of answer.memberIds) memberIds.add(id)
    if (answer.memberIds.length < MEMBERS_PER_PAGE) return pairs
    after = answer.memberIds.at(-1)
  }
}
