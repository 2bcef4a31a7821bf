import type { Deps } from '../src/deps.js'

type Change = { type: string; body: Record<string, unknown> }

/** The account changes that sync would hand out, oldest first. */
export const accountChangesOf = ({ db }: Deps, userId: string): Promise<Change[]> =>
  db.any<Change>('SELECT type, body FROM account_changes WHERE user_id = $1 ORDER BY id', [userId])

/** Duties that wait to be relayed, oldest first. */
export const outboxOf = (
  { db }: Deps,
  key: string,
): Promise<{ type: string; payload: unknown }[]> =>
  db.any('SELECT type, payload FROM outbox WHERE key = $1 ORDER BY id', [key])

/** Who may see what is decided by chats, contacts and blocks: these make them without their endpoints. */
export const relate = ({ db }: Deps) => ({
  contact: (userId: string, contactId: string, nickname?: string) =>
    db.none('INSERT INTO contacts (user_id, contact_id, nickname) VALUES ($1, $2, $3)', [
      userId,
      contactId,
      nickname ?? null,
    ]),
  block: (userId: string, blockedId: string) =>
    db.none('INSERT INTO blocked_users (user_id, blocked_id) VALUES ($1, $2)', [userId, blockedId]),
})
