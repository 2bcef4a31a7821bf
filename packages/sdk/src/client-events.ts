import type { SupError } from './base/sup-error.js'
import type { OutboxEntry } from './outbox/entry.js'
import type { ServerPayloads } from './socket/events.js'
import type { SyncEvents } from './sync/world.js'

/**
 * `connecting` for the first time, `syncing` what was missed, `online`, `reconnecting` after a loss,
 * `offline` by wish, `ended`: the session or the connection is over and will not come back by itself.
 */
export type ClientState = 'offline' | 'connecting' | 'syncing' | 'online' | 'reconnecting' | 'ended'

/** Everything that a client tells. */
export type ClientEvents = SyncEvents & {
  typing: ServerPayloads['typing']
  presence: ServerPayloads['presence']
  outbox: OutboxEntry
  state: { state: ClientState; reason?: SupError }
}
