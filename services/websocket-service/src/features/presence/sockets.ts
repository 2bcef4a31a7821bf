import { presenceEvent } from '@sup/types'
import type { Deps } from '../../deps.js'
import { type Route, on } from '../../router.js'
import { setPresence } from './set-presence.js'

/** The events of this feature. */
export const presenceRoutes = (deps: Deps): Route[] => [
  on(presenceEvent, (connection, payload) => setPresence(deps, connection, payload)),
]
