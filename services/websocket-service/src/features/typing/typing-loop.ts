import type { Logger } from '@sup/service-kit/log'
import { LIMITS, type UUID } from '@sup/types'
import type { Connection } from '../../connections.js'
import type { HiddenPairs } from '../../hidden-pairs.js'
import type { Io } from '../../io.js'
import { typingRoom, userRoom } from '../../rooms.js'

/** Between two relays of one socket and chat (wire-contract 15.1, class typing). */
const PAUSE_MS = 1000
const EXPIRY_MS = LIMITS.typingSeconds * 1000

export type TypingNeeds = { io: Io; hiddenPairs: HiddenPairs; log: Logger }

type Typist = {
  connection: Connection
  chatId: UUID
  /** What the others were told last. */
  told: boolean
  /** What they are to be told when the pause is over. */
  wanted: boolean
  /** It was said again since the others were told: they must not think that it stopped. */
  isRepeated: boolean
  pause: NodeJS.Timeout | undefined
  expiry: NodeJS.Timeout | undefined
}

/** Who is typing on the sockets of this node. */
export class TypingLoop {
  readonly #needs: TypingNeeds
  readonly #typists = new Map<Connection, Map<UUID, Typist>>()

  constructor(needs: TypingNeeds) {
    this.#needs = needs
  }

  /** Tells the other members, at most once a second and chat; the last word within a second counts. */
  set(connection: Connection, chatId: UUID, isTyping: boolean): void {
    const typist = this.#typistOf(connection, chatId)
    typist.wanted = isTyping
    typist.isRepeated = isTyping
    clearTimeout(typist.expiry)
    if (isTyping) {
      typist.expiry = setTimeout(() => {
        this.set(connection, chatId, false)
      }, EXPIRY_MS)
    }
    if (!typist.pause) this.#tellOrForget(typist)
  }

  /** The socket has left, or may no longer be heard in this chat: others are told that it stopped. */
  end(connection: Connection, chatId?: UUID): void {
    for (const typist of [...(this.#typists.get(connection)?.values() ?? [])]) {
      if (chatId !== undefined && typist.chatId !== chatId) continue
      this.#forget(typist)
      if (typist.told) this.#relay(typist, false)
    }
  }

  stop(): void {
    for (const connection of [...this.#typists.keys()]) this.end(connection)
  }

  #typistOf(connection: Connection, chatId: UUID): Typist {
    const chats = this.#typists.get(connection) ?? new Map<UUID, Typist>()
    this.#typists.set(connection, chats)
    const typist = chats.get(chatId) ?? newTypist(connection, chatId)
    chats.set(chatId, typist)
    return typist
  }

  #tellOrForget(typist: Typist): void {
    if (typist.wanted === typist.told && !typist.isRepeated) {
      if (!typist.told) this.#forget(typist)
      return
    }
    typist.told = typist.wanted
    typist.isRepeated = false
    this.#relay(typist, typist.told)
    typist.pause = setTimeout(() => {
      typist.pause = undefined
      this.#tellOrForget(typist)
    }, PAUSE_MS)
  }

  #forget({ connection, chatId, pause, expiry }: Typist): void {
    clearTimeout(pause)
    clearTimeout(expiry)
    const chats = this.#typists.get(connection)
    chats?.delete(chatId)
    if (chats?.size === 0) this.#typists.delete(connection)
  }

  /** To the members on all nodes who see typing, but not to the typist nor across a block. May be lost. */
  #relay({ connection: { userId }, chatId }: Typist, isTyping: boolean): void {
    const { io, hiddenPairs, log } = this.#needs
    hiddenPairs.of(chatId, userId).then(
      (hidden) => {
        const except = [userId, ...hidden].map(userRoom)
        io.to(typingRoom(chatId)).except(except).emit('typing', { userId, chatId, isTyping })
      },
      (err: unknown) => {
        log.debug('Typing was not relayed', { err })
      },
    )
  }
}

const newTypist = (connection: Connection, chatId: UUID): Typist => ({
  connection,
  chatId,
  told: false,
  wanted: false,
  isRepeated: false,
  pause: undefined,
  expiry: undefined,
})
