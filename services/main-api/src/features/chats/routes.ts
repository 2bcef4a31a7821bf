import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { addMembers } from './add-members.js'
import { countUnread } from './count-unread.js'
import { createChat } from './create-chat.js'
import { deleteChat } from './delete-chat.js'
import { getChat } from './get-chat.js'
import { listChats } from './list-chats.js'
import { listMembers } from './list-members.js'
import { listRoles } from './list-roles.js'
import { removeMember } from './remove-member.js'
import { updateChat } from './update-chat.js'
import { updateMember } from './update-member.js'

export function chatRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.listChats, (caller, input) => listChats(deps, caller, input))
  serve(router, contract.countUnread, (caller) => countUnread(deps, caller))
  serve(router, contract.createChat, (caller, input) => createChat(deps, caller, input))
  serve(router, contract.getChat, (caller, input) => getChat(deps, caller, input))
  serve(router, contract.updateChat, (caller, input) => updateChat(deps, caller, input))
  serve(router, contract.deleteChat, (caller, input) => deleteChat(deps, caller, input))
  serve(router, contract.listMembers, (caller, input) => listMembers(deps, caller, input))
  serve(router, contract.addMembers, (caller, input) => addMembers(deps, caller, input))
  serve(router, contract.updateMember, (caller, input) => updateMember(deps, caller, input))
  serve(router, contract.removeMember, (caller, input) => removeMember(deps, caller, input))
  serve(router, contract.listRoles, (caller, input) => listRoles(deps, caller, input))
  return router
}
