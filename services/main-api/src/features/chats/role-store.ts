import type { Sql } from '@sup/service-kit/postgres'
import type { Permission } from '@sup/types'

export type RoleRow = {
  id: string
  chatId: string
  name: string
  position: number
  permissions: Permission[]
  isSystem: boolean
  memberCount: number
}

const ROLES = `
  SELECT r.id, r.chat_id AS "chatId", r.name, r.position, r.permissions, r.is_system AS "isSystem",
         (SELECT count(*) FROM chat_members m WHERE m.role_id = r.id) AS "memberCount"
    FROM chat_roles r WHERE r.chat_id = $<chatId> ORDER BY r.position DESC, r.name`

const ADD_ROLE = `
  INSERT INTO chat_roles (id, chat_id, name, position, permissions, is_system)
  VALUES ($<id>, $<chatId>, $<name>, $<position>, $<permissions>, true)`

/** Roles of chats, with how many members hold each. */
export function roleStore(sql: Sql) {
  return {
    list: (chatId: string): Promise<RoleRow[]> => sql.any<RoleRow>(ROLES, { chatId }),

    add: (role: {
      id: string
      chatId: string
      name: string
      position: number
      permissions: readonly Permission[]
    }): Promise<null> => sql.none(ADD_ROLE, role),
  }
}
