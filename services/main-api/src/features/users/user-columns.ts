import type { Input, Privacy, updateUser } from '@sup/types'
import type { ChangeableColumns } from './user-store.js'

const PRIVACY_COLUMNS = {
  presence: 'privacy_presence',
  lastSeen: 'privacy_last_seen',
  avatar: 'privacy_avatar',
  bio: 'privacy_bio',
  groupInvites: 'privacy_group_invites',
  readReceipts: 'privacy_read_receipts',
  typing: 'privacy_typing',
  searchable: 'privacy_searchable',
} as const satisfies Record<keyof Privacy, keyof ChangeableColumns>

/**
 * The columns that a change of a profile names. Texts are stored in NFC, the form in which their length was
 * counted.
 *
 * @param avatarUrl Null takes the picture away; undefined leaves it.
 */
export function toColumns(
  body: Input<typeof updateUser>['body'],
  avatarUrl: string | null | undefined,
): Partial<ChangeableColumns> {
  const { username, displayName, bio, locale, privacy = {} } = body
  const settings = Object.entries(PRIVACY_COLUMNS).map(([name, column]) => [
    column,
    new Map(Object.entries(privacy)).get(name),
  ])
  const columns = Object.entries({
    username,
    display_name: displayName?.normalize('NFC'),
    bio: bio?.normalize('NFC'),
    avatar_url: avatarUrl,
    locale,
  })
  const given = [...columns, ...settings].filter(([, value]) => value !== undefined)
  // Each name stands above with a value of its type.
  return Object.fromEntries(given) as Partial<ChangeableColumns>
}
