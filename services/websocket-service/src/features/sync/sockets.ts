import { headsEvent, syncEvent } from '@sup/types'
import type { Deps } from '../../deps.js'
import { type Route, on } from '../../router.js'
import { readHeads } from './read-heads.js'
import { syncSocket } from './sync-socket.js'

/** The events of this feature. */
export const syncRoutes = (deps: Deps): Route[] => [
  on(syncEvent, (connection, payload) => syncSocket(deps, connection, payload)),
  on(headsEvent, (connection) => readHeads(deps, connection)),
]
