import { serve } from '@sup/service-kit/http'
import * as contract from '@sup/types'
import { Router } from 'express'
import type { Deps } from '../../deps.js'
import { addReaction } from './add-reaction.js'
import { deleteMessage } from './delete-message.js'
import { editMessage } from './edit-message.js'
import { getMessage } from './get-message.js'
import { listEdits } from './list-edits.js'
import { listMessages } from './list-messages.js'
import { listReactions } from './list-reactions.js'
import { removeReactions } from './remove-reactions.js'
import { sendMessage } from './send-message.js'

export { createBatchHandler } from './batch-handler.js'

export function messageRoutes(deps: Deps): Router {
  const router = Router()
  serve(router, contract.listMessages, (caller, input) => listMessages(deps, caller, input))
  serve(router, contract.sendMessage, (caller, input) => sendMessage(deps, caller, input))
  serve(router, contract.getMessage, (caller, input) => getMessage(deps, caller, input))
  serve(router, contract.editMessage, (caller, input) => editMessage(deps, caller, input))
  serve(router, contract.deleteMessage, (caller, input) => deleteMessage(deps, caller, input))
  serve(router, contract.listEdits, (caller, input) => listEdits(deps, caller, input))
  serve(router, contract.addReaction, (caller, input) => addReaction(deps, caller, input))
  serve(router, contract.removeReactions, (caller, input) => removeReactions(deps, caller, input))
  serve(router, contract.listReactions, (caller, input) => listReactions(deps, caller, input))
  return router
}
