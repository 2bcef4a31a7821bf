import { messageEvent } from '@sup/types'
import type { Deps } from '../../deps.js'
import { type Route, on } from '../../router.js'
import { sendMessage } from './send-message.js'

/** The events of this feature. */
export const messageRoutes = (deps: Deps): Route[] => [
  on(messageEvent, (connection, payload) => sendMessage(deps, connection, payload)),
]
