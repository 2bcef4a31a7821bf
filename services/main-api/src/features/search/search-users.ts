import type { Caller } from '@sup/service-kit/http'
import { type Input, LIMITS, type Output, type searchUsers as contract } from '@sup/types'
import type { Needs } from '../../deps.js'
import { readProfiles } from '../users/public.js'
import { searchStore } from './search-store.js'

/** People by username, username prefix or the beginning of a word of the display name. */
export async function searchUsers(
  { db }: Needs<'db'>,
  { userId: viewerId }: Caller,
  { query: { q, limit } }: Input<typeof contract>,
): Promise<Output<typeof contract>> {
  const text = q.normalize('NFC')
  const username = text.trim().toLowerCase()
  const ids = await searchStore(db).people({
    viewerId,
    username,
    usernamePrefix: username.length < LIMITS.username.min ? null : prefixPattern(username),
    namePrefix: prefixPattern(text),
    limit,
  })
  const profiles = await readProfiles(db, viewerId, ids)
  return ids.flatMap((id) => profiles.get(id) ?? [])
}

/** A LIKE pattern in which the text stands for nothing but itself. */
const prefixPattern = (text: string): string => `${text.replace(/[\\%_]/g, '\\$&')}%`
