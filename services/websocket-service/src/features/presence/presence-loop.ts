import type { Clock } from '@sup/service-kit/clock'
import type { InternalClient } from '@sup/service-kit/http'
import type { Logger } from '@sup/service-kit/log'
import type { Redis } from '@sup/service-kit/redis'
import type { UUID, UserStatus } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { Io } from '../../io.js'
import { type Announcer, createAnnouncer } from './announce-presence.js'
import { type KeyedLines, createKeyedLines } from './keyed-lines.js'
import type { PresenceField } from './merge-presence.js'
import { OFFLINE_AFTER_MS, type PresenceStore, presenceStore } from './presence-store.js'

/** A little longer, so that the time is over when it is looked at. */
const LOOK_AGAIN_MS = OFFLINE_AFTER_MS + 50
const REFRESH_SECONDS = 20
const SWEEP_AT_ONCE = 100

export type PresenceNeeds = {
  io: Io
  redis: Pick<Redis, 'command'>
  mainApi: InternalClient
  clock: Clock
  log: Logger
  nodeId: string
  ttlSeconds: number
  /** Connections that one user may have, over all nodes. */
  mostConnections: number
  /** Told which connections are over the limit; they may be on any node. */
  onTooMany: (nodeId: string, socketId: string) => void
}

type Local = {
  /** By `{nodeId}:{socketId}`. */
  fields: Map<string, PresenceField>
  /** In which second of the round this user is refreshed. */
  slot: number
}

/** The presence of the people on this node, shared with the other nodes through Redis. */
export class PresenceLoop {
  readonly #needs: PresenceNeeds
  readonly #store: PresenceStore
  readonly #announcer: Announcer
  readonly #people = new Map<UUID, Local>()
  readonly #lines: KeyedLines
  readonly #leaving = new Set<NodeJS.Timeout>()
  #timer: NodeJS.Timeout | undefined
  #second = 0

  constructor(needs: PresenceNeeds) {
    this.#needs = needs
    this.#store = presenceStore(needs.redis, needs.ttlSeconds)
    this.#announcer = createAnnouncer(needs)
    this.#lines = createKeyedLines((err) => {
      needs.log.debug('Presence could not be written', { err })
    })
  }

  start(): void {
    this.#timer = setInterval(() => {
      this.#tick()
    }, 1000)
  }

  /** A connection has come, or says something else about its user. */
  set(connection: Connection, status: UserStatus): void {
    const { userId, connectedAt } = connection
    const local = this.#people.get(userId) ?? { fields: new Map(), slot: slotOf(userId) }
    const name = this.#nameOf(connection)
    const field = { status, at: this.#now(), since: connectedAt }
    this.#people.set(userId, local)
    local.fields.set(name, field)
    this.#lines.run(userId, () => this.#vouch(userId, new Map([[name, field]])))
  }

  /** A connection has left; its user is offline five seconds after the last one. */
  left(connection: Connection): void {
    const { userId } = connection
    const name = this.#nameOf(connection)
    const local = this.#people.get(userId)
    if (!local?.fields.delete(name)) return
    if (local.fields.size === 0) this.#people.delete(userId)
    this.#lines.run(userId, async () => {
      await this.#store.remove(userId, [name], this.#now())
      await this.#settle(userId)
    })
    const timeout = setTimeout(() => {
      this.#leaving.delete(timeout)
      this.#lines.run(userId, () => this.#settle(userId))
    }, LOOK_AGAIN_MS)
    this.#leaving.add(timeout)
  }

  /** Who may see this user has changed. */
  dropAudience(userId: UUID): void {
    this.#announcer.dropAudience(userId)
  }

  /** Takes this node's connections away; the other nodes tell who is offline for it. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    for (const timeout of this.#leaving) clearTimeout(timeout)
    await Promise.allSettled(
      [...this.#people].map(([userId, { fields }]) =>
        this.#store.remove(userId, [...fields.keys()], this.#now()),
      ),
    )
    await this.#announcer.idle()
  }

  /** Every second a twentieth of the people: a node with many does not refresh them all at once. */
  #tick(): void {
    this.#second = (this.#second + 1) % REFRESH_SECONDS
    for (const [userId, { slot }] of this.#people) {
      if (slot === this.#second) this.#lines.run(userId, () => this.#refresh(userId))
    }
    if (this.#second === 0) this.#lines.run('', () => this.#sweep())
  }

  async #refresh(userId: UUID): Promise<void> {
    const local = this.#people.get(userId)
    if (!local) return
    for (const field of local.fields.values()) field.at = this.#now()
    await this.#vouch(userId, local.fields)
  }

  async #vouch(userId: UUID, fields: ReadonlyMap<string, PresenceField>): Promise<void> {
    const change = await this.#store.vouch(userId, fields, this.#now())
    this.#closeSurplus(change.live)
    await this.#announcer.ifChanged(userId, change)
  }

  async #settle(userId: UUID): Promise<void> {
    const change = await this.#store.settle(userId, this.#now())
    if (change) await this.#announcer.ifChanged(userId, change)
  }

  /** Settles users of nodes that are gone. */
  async #sweep(): Promise<void> {
    const forgotten = await this.#store.forgotten(this.#now(), SWEEP_AT_ONCE)
    for (const userId of forgotten) this.#lines.run(userId, () => this.#settle(userId))
  }

  #closeSurplus(live: readonly string[]): void {
    const surplus = Math.max(0, live.length - this.#needs.mostConnections)
    for (const name of live.slice(0, surplus)) {
      const [nodeId, socketId] = name.split(':')
      if (nodeId !== undefined && socketId !== undefined) this.#needs.onTooMany(nodeId, socketId)
    }
  }

  #now(): number {
    return this.#needs.clock.now().getTime()
  }

  #nameOf({ socket }: Connection): string {
    return `${this.#needs.nodeId}:${socket.id}`
  }
}

const slotOf = (userId: UUID): number => Number.parseInt(userId.slice(-6), 16) % REFRESH_SECONDS
