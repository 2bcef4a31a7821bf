import type { InternalClient } from '@sup/service-kit/http'
import type { Hints } from '@sup/service-kit/hints'
import type { Logger } from '@sup/service-kit/log'
import { type UUID, UserHint, readMemberships, userChannel } from '@sup/types'
import { leaveChat, reenterRooms } from '../../chat-rooms.js'
import type { Connection, Connections, MemberChat, Person } from '../../connections.js'
import type { Followers } from '../messages/public.js'
import { type MembershipAnswer, basesOf, chatsOf, compareChats } from './memberships.js'

const RETRY_MS = 1000
/** A change in a large group concerns many people at once; main-api is asked for a few at a time. */
const REFRESHES_AT_ONCE = 8

export type OtherUserHint = Exclude<UserHint, { type: 'membership' }>
export type AccountHint = Extract<UserHint, { type: 'account' }>

export type MembershipNeeds = {
  mainApi: InternalClient
  hints: Hints
  connections: Connections
  followers: Followers
  /** Told the epoch of every answer. */
  onEpoch: (epoch: UUID) => void
  /** What was published on `user:{userId}` besides memberships. */
  onUserHint: (person: Person, hint: OtherUserHint) => void
  /** A connection came into chats: it must be told where their streams begin. */
  onJoined: (connection: Connection, chatIds: readonly UUID[]) => void
  /** A connection is no longer in a chat. */
  onLeft: (connection: Connection, chatId: UUID) => void
  log: Logger
}

/** Keeps the sockets of the people on this node in the chats that they are members of. */
export class MembershipLoop {
  readonly #needs: MembershipNeeds
  readonly #waiting = new Set<Person>()
  readonly #refreshing = new Set<Person>()
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #handlers = new Map<Person, (payload: unknown) => void>()

  constructor(needs: MembershipNeeds) {
    this.#needs = needs
  }

  /**
   * Makes somebody known on this node and listens to what concerns them, until released as often. It is to
   * be called before `load`, so that no change falls between the two.
   */
  async retain(userId: UUID): Promise<Person> {
    const person = this.#needs.connections.retain(userId)
    if (!this.#handlers.has(person)) {
      const handler = (payload: unknown): void => {
        this.#hear(person, payload)
      }
      this.#handlers.set(person, handler)
      await this.#needs.hints.subscribe(userChannel(userId), handler)
    }
    return person
  }

  release(person: Person): void {
    this.#needs.connections.release(person)
    const handler = this.#handlers.get(person)
    if (person.users > 0 || !handler) return
    this.#handlers.delete(person)
    this.#waiting.delete(person)
    void this.#needs.hints.unsubscribe(userChannel(person.userId), handler)
  }

  /** @throws AppError `NOT_FOUND` for an account that is gone, `SERVICE_UNAVAILABLE`. */
  async load(userId: UUID, deviceId: UUID): Promise<MembershipAnswer> {
    const answer = await this.#needs.mainApi.callInternal(readMemberships, {
      params: { userId },
      onBehalfOf: userId,
      onBehalfDevice: deviceId,
    })
    this.#needs.onEpoch(answer.epoch)
    return answer
  }

  /** Reads the memberships of somebody again, until the answer is newer than everything heard. */
  refresh(userId: UUID): void {
    const person = this.#needs.connections.find(userId)
    if (!person) return
    person.generation += 1
    if (person.connections.size > 0 && !this.#refreshing.has(person)) this.#waiting.add(person)
    this.#startNext()
  }

  /** Somebody is no longer in a chat: their sockets leave it at once. */
  leave(userId: UUID, chatId: UUID): void {
    const person = this.#needs.connections.find(userId)
    if (!person) return
    for (const connection of [...person.connections]) this.#leaveOne(connection, chatId)
    this.refresh(userId)
  }

  stop(): void {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#waiting.clear()
  }

  #hear(person: Person, payload: unknown): void {
    const hint = UserHint.safeParse(payload)
    if (!hint.success) return
    if (hint.data.type !== 'membership') this.#needs.onUserHint(person, hint.data)
    else if (hint.data.action === 'removed') this.leave(person.userId, hint.data.chatId)
    else this.refresh(person.userId)
  }

  #startNext(): void {
    for (const person of this.#waiting) {
      if (this.#refreshing.size >= REFRESHES_AT_ONCE) return
      this.#waiting.delete(person)
      this.#refreshing.add(person)
      void this.#refreshOne(person)
    }
  }

  async #refreshOne(person: Person): Promise<void> {
    const { generation } = person
    try {
      await this.#reconcile(person, generation)
    } catch (err) {
      this.#needs.log.warn('Memberships could not be read again', { err })
      this.#retryLater(person)
    }
    this.#refreshing.delete(person)
    // What was heard meanwhile may not be in the answer.
    if (person.generation !== generation && person.connections.size > 0) this.#waiting.add(person)
    this.#startNext()
  }

  #retryLater({ userId }: Person): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.refresh(userId)
    }, RETRY_MS)
    this.#timers.add(timer)
  }

  async #reconcile(person: Person, generation: number): Promise<void> {
    const [any] = person.connections
    if (!any) return
    const answer = await this.load(person.userId, any.deviceId)
    if (person.generation !== generation) return
    person.typingVisible = answer.typingVisible
    person.receiptsVisible = answer.receiptsVisible
    const told = chatsOf(answer)
    for (const connection of [...person.connections]) {
      for (const chatId of compareChats(connection, told).removed)
        this.#leaveOne(connection, chatId)
      await this.#join(connection, told, generation)
      if (person.generation !== generation) return
    }
  }

  async #join(
    connection: Connection,
    told: ReadonlyMap<UUID, MemberChat>,
    generation: number,
  ): Promise<void> {
    const { followers, onJoined } = this.#needs
    const { added } = compareChats(connection, told)
    await followers.follow(basesOf(added))
    if (connection.person.generation !== generation || connection.isGone) {
      followers.unfollow(added.keys())
      return
    }
    for (const [chatId, chat] of told) connection.chats.set(chatId, chat)
    if (connection.laggingSince === undefined) reenterRooms(connection)
    if (added.size > 0) onJoined(connection, [...added.keys()])
  }

  #leaveOne(connection: Connection, chatId: UUID): void {
    if (!connection.chats.delete(chatId)) return
    leaveChat(connection, chatId)
    this.#needs.followers.unfollow([chatId])
    this.#needs.onLeft(connection, chatId)
  }
}
