import type { InternalClient } from '@sup/service-kit/http'
import { type UUID, readAudience } from '@sup/types'

const MOST_KEPT = 2000
const PAGE = 1000
const MOST_PAGES = 50

/** Who may see the presence of whom. */
export type Audiences = {
  /** @throws AppError when main-api cannot be asked: then nobody is told. */
  of(userId: UUID): Promise<readonly UUID[]>
  /** The audience has changed: it is read again when it is needed. */
  drop(userId: UUID): void
}

/** Keeps the audiences that were asked for last. */
export function createAudiences(mainApi: InternalClient): Audiences {
  const kept = new Map<UUID, Promise<readonly UUID[]>>()
  return {
    of(userId) {
      const known = kept.get(userId)
      if (known) return known
      const audience = readAll(mainApi, userId)
      kept.set(userId, audience)
      audience.catch(() => {
        if (kept.get(userId) === audience) kept.delete(userId)
      })
      const [oldest] = kept.keys()
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
      return audience
    },
    drop: (userId) => kept.delete(userId),
  }
}

async function readAll(mainApi: InternalClient, userId: UUID): Promise<readonly UUID[]> {
  const userIds: UUID[] = []
  let cursor: string | undefined
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await mainApi.callInternal(readAudience, {
      params: { userId },
      query: { limit: PAGE, ...(cursor === undefined ? {} : { cursor }) },
    })
    userIds.push(...answer.userIds)
    cursor = answer.nextCursor
    if (cursor === undefined) break
  }
  return userIds
}
