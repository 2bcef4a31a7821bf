import { LIMITS, type UUID } from '@sup/types'
import type { Connection, Connections } from '../../connections.js'
import type { Node } from '../../node.js'
import type { Followers } from '../messages/public.js'
import { chatHeads } from './heads.js'

const LOOK_MS = 1000

type HeadsNeeds = { connections: Connections; followers: Followers; node: Node }

/** Tells clients where their chats are, so that a lost last entry is noticed without a successor. */
export type HeadsLoop = {
  start(): void
  /** Tells a connection what moved since it was last told. */
  tellMoved(connection: Connection): void
  /** Tells a connection the heads of these chats. */
  tell(connection: Connection, chatIds: readonly UUID[]): void
  stop(): void
}

/** Makes the loop: the node compares its own heads with main-api, and each client gets those that moved. */
export function createHeadsLoop(needs: HeadsNeeds): HeadsLoop {
  let timers: NodeJS.Timeout[] = []

  function tell(connection: Connection, chatIds: readonly UUID[]): void {
    for (let i = 0; i < chatIds.length; i += LIMITS.headsPerEvent) {
      const part = chatIds.slice(i, i + LIMITS.headsPerEvent)
      connection.socket.emit('heads', chatHeads(needs, needs.node.epoch, part))
    }
  }

  function tellMoved(connection: Connection): void {
    const since = connection.headsAt
    connection.headsAt = performance.now()
    const moved = [...connection.chats.keys()].filter((chatId) =>
      needs.followers.hasMovedSince(chatId, since),
    )
    tell(connection, moved)
  }

  function look(): void {
    const due = performance.now() - LIMITS.headsIntervalMs
    for (const connection of needs.connections.all()) {
      if (connection.headsAt <= due) tellMoved(connection)
    }
  }

  return {
    start() {
      const compare = setInterval(() => {
        needs.followers.compareAll().catch(() => undefined)
      }, LIMITS.headsIntervalMs)
      timers = [setInterval(look, LOOK_MS), compare]
    },
    tellMoved,
    tell,
    stop() {
      for (const timer of timers) clearInterval(timer)
    },
  }
}
