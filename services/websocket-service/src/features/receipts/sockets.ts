import { deliveredEvent, readEvent, readReceiptEvent } from '@sup/types'
import type { Deps } from '../../deps.js'
import { type Route, on } from '../../router.js'
import { markDelivered } from './mark-delivered.js'
import { markRead } from './mark-read.js'

/** The events of this feature. */
export const receiptRoutes = (deps: Deps): Route[] => [
  on(deliveredEvent, (connection, payload) => markDelivered(deps, connection, payload)),
  on(readEvent, (connection, payload) => markRead(deps, connection, payload)),
  on(readReceiptEvent, (connection, payload) => markRead(deps, connection, payload)),
]
