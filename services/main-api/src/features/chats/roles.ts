import { type ChatType, Permission } from '@sup/types'

/** A system role before it is stored. */
export type RolePlan = { name: string; position: number; permissions: readonly Permission[] }

export const OWNER_POSITION = 100
export const ADMIN_POSITION = 50

const everything = Permission.options
const inGroups: readonly Permission[] = [
  'message.send',
  'message.send_media',
  'reaction.add',
  'poll.create',
  'member.add',
  'call.start',
]

/** The system roles of a new chat (wire-contract 3.3), highest first; the last one is a plain member's. */
export function systemRoles(type: ChatType): readonly RolePlan[] {
  if (type === 'direct') {
    return [
      { name: 'member', position: 0, permissions: [...inGroups, 'message.pin', 'chat.update'] },
    ]
  }
  return [
    { name: 'owner', position: OWNER_POSITION, permissions: everything },
    {
      name: 'admin',
      position: ADMIN_POSITION,
      permissions: everything.filter((permission) => permission !== 'chat.delete'),
    },
    { name: 'member', position: 0, permissions: type === 'group' ? inGroups : ['reaction.add'] },
  ]
}
