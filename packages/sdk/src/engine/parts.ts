import type { Clock } from '../base/clock.js'
import type { Emitter } from '../base/emitter.js'
import type { Log } from '../base/log.js'
import type { ClientEvents, ClientState } from '../client-events.js'
import type { Call } from '../http/call.js'
import type { Outbox } from '../outbox/outbox.js'
import type { Tokens } from '../session/tokens.js'
import type { Connection } from '../socket/connection.js'
import type { Storage } from '../storage/storage.js'
import type { Acknowledger } from '../sync/acknowledge.js'
import type { CatchUp } from '../sync/catch-up.js'
import type { Inbox } from '../sync/inbox.js'
import type { Marks } from '../sync/marks.js'
import type { World } from '../sync/world.js'

export type EngineNeeds = {
  me: string
  server: string
  storage: Storage
  clock: Clock
  log: Log
  call: Call
  tokens: Tokens
  emitter: Emitter<ClientEvents>
  keepMessages: number
}

/** All that runs while somebody is logged in. */
export type Engine = EngineNeeds & {
  world: World
  inbox: Inbox
  catchUp: CatchUp
  acknowledger: Acknowledger
  marks: Marks
  outbox: Outbox
  connection: Connection
  state: ClientState
}
