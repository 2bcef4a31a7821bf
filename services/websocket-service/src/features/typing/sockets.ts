import { typingEvent } from '@sup/types'
import type { Deps } from '../../deps.js'
import { type Route, on } from '../../router.js'
import { relayTyping } from './relay-typing.js'

/** The events of this feature. */
export const typingRoutes = (deps: Deps): Route[] => [
  on(typingEvent, (connection, payload) => relayTyping(deps, connection, payload)),
]
