import type { Sql } from '@sup/service-kit/postgres'

// A word begins at the start or after a blank, which is also how the trigram index can find it. Who blocked
// the caller, whom the caller blocked and who does not want to be found are left out.
const PEOPLE = `
  SELECT u.id
    FROM users u
    LEFT JOIN contacts mine ON mine.user_id = $<viewerId> AND mine.contact_id = u.id
   WHERE u.deleted_at IS NULL
     AND (u.username = $<username> OR u.username LIKE $<usernamePrefix>
          OR fold_text(u.display_name) LIKE fold_text($<namePrefix>)
          OR fold_text(u.display_name) LIKE '% ' || fold_text($<namePrefix>))
     AND (u.privacy_searchable OR mine.user_id IS NOT NULL OR u.id = $<viewerId>)
     AND NOT EXISTS (SELECT FROM blocked_users b
                      WHERE (b.user_id = u.id AND b.blocked_id = $<viewerId>)
                         OR (b.user_id = $<viewerId> AND b.blocked_id = u.id))
   ORDER BY u.username = $<username> DESC, coalesce(u.username LIKE $<usernamePrefix>, false) DESC, u.username
   LIMIT $<limit>`

/** Patterns of LIKE; `usernamePrefix` null when the text is too short for one. */
export type PeopleQuery = {
  viewerId: string
  username: string
  usernamePrefix: string | null
  namePrefix: string
  limit: number
}

/** Finds things by what people type. */
export function searchStore(sql: Sql) {
  return {
    /** Ids of people, best match first. */
    people: async (query: PeopleQuery): Promise<string[]> =>
      (await sql.any<{ id: string }>(PEOPLE, query)).map(({ id }) => id),
  }
}
