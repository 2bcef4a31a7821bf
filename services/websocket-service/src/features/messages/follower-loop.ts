import { unavailable } from '@sup/service-kit/http'
import type { Hints } from '@sup/service-kit/hints'
import { type UUID, chatChannel } from '@sup/types'
import { setTimeout as sleep } from 'node:timers/promises'
import { ChatStream, type LogItem } from './chat-stream.js'
import { type FanOut, type FanOutNeeds, createFanOut } from './fan-out.js'
import { type GapLoop, type GapNeeds, createGapLoop } from './gap-loop.js'
import { type ReceiptHint, readChatHint } from './read-chat-hint.js'

/** A node without Redis goes on after this time; it then lives on comparing heads. */
const SUBSCRIBE_MS = 1000
/** How long a connecting socket waits for a stream that is behind the moment it joined the chat. */
const CATCH_UP_MS = 2000

export type FollowerNeeds = FanOutNeeds &
  Omit<GapNeeds, 'onProgress'> & {
    hints: Hints
    /** Somebody moved marks in a chat. */
    onReceipt: (hint: ReceiptHint) => void
  }

type Follower = {
  stream: ChatStream
  /** Sockets in the chat, and those about to be. */
  users: number
  /** The baseline is known. */
  begun: Promise<void>
  onHint: (payload: unknown) => void
  /** Sockets that wait for a position before they join. */
  waiters: { seq: number; wake: (isReached: true) => void }[]
  /** When something was last shown, on the monotonic clock. */
  movedAt: number
}

/** Follows the logs of all chats that have members on this node, and shows them what is new. */
export class Followers {
  readonly #needs: FollowerNeeds
  readonly #fanOut: FanOut
  readonly #gaps: GapLoop
  readonly #followers = new Map<UUID, Follower>()
  readonly #dirty = new Set<ChatStream>()

  constructor(needs: FollowerNeeds) {
    this.#needs = needs
    this.#fanOut = createFanOut(needs)
    this.#gaps = createGapLoop({
      ...needs,
      onProgress: (stream) => {
        this.#update(stream)
      },
    })
  }

  /**
   * Follows chats, each once more. Resolves when every stream has a baseline that is not before the number
   * given for its chat: a socket that joins then is shown everything after `positionOf`, and nothing else.
   *
   * @throws AppError when main-api cannot say where the chats are, or a stream does not catch up; then nothing
   *   is followed.
   */
  async follow(chats: ReadonlyMap<UUID, number>): Promise<void> {
    const followed = await Promise.allSettled(
      [...chats].map(([chatId, from]) => this.#followOne(chatId, from)),
    )
    const failed = followed.find((result) => result.status === 'rejected')
    if (!failed) return
    this.unfollow(chats.keys())
    throw failed.reason
  }

  /** Takes back one `follow` of each chat. */
  unfollow(chatIds: Iterable<UUID>): void {
    for (const chatId of chatIds) {
      const follower = this.#followers.get(chatId)
      if (!follower) continue
      follower.users -= 1
      if (follower.users === 0) this.#stopOne(follower)
    }
  }

  /** Up to where the members on this node were shown the log; undefined when it is not followed. */
  positionOf(chatId: UUID): number | undefined {
    return this.#followers.get(chatId)?.stream.position
  }

  /** Whether the members were shown something since then, on the monotonic clock. */
  hasMovedSince(chatId: UUID, time: number): boolean {
    return (this.#followers.get(chatId)?.movedAt ?? 0) >= time
  }

  /** Learns from elsewhere that the log of a chat reaches `seq`. */
  expect(chatId: UUID, seq: number): void {
    const stream = this.#followers.get(chatId)?.stream
    if (!stream || seq <= stream.last) return
    stream.expect(seq)
    if (stream.isBehind) this.#gaps.watch(stream)
  }

  /** Compares the heads of all chats and fetches what is missing. */
  compareAll(): Promise<void> {
    return this.#withHeads((stream, head) => {
      this.expect(stream.chatId, head)
    })
  }

  /** The database was restored: every stream starts anew where its chat ends now. */
  restart(): Promise<void> {
    return this.#withHeads((stream, head) => {
      stream.reset(head)
      const follower = this.#followers.get(stream.chatId)
      if (follower) follower.movedAt = performance.now()
    })
  }

  stop(): void {
    this.#gaps.stop()
    this.#followers.clear()
  }

  async #followOne(chatId: UUID, from: number): Promise<void> {
    const follower = this.#followers.get(chatId) ?? this.#start(chatId)
    follower.users += 1
    await follower.begun
    if ((follower.stream.position ?? 0) < from) await this.#reach(follower, from)
  }

  #start(chatId: UUID): Follower {
    const stream = new ChatStream(chatId)
    const onHint = (payload: unknown): void => {
      const news = readChatHint(payload, chatId)
      if (!news) this.#needs.log.warn('A malformed publication counts as lost', { chatId })
      else if ('receipt' in news) this.#needs.onReceipt(news.receipt)
      else {
        for (const item of news.items) stream.offer(item)
        this.#update(stream)
      }
    }
    const begun = this.#begin(stream, onHint)
    const follower: Follower = { stream, users: 0, begun, onHint, waiters: [], movedAt: 0 }
    this.#followers.set(chatId, follower)
    return follower
  }

  /** Subscribes first and reads the head then, so that nothing falls between the two. */
  async #begin(stream: ChatStream, onHint: (payload: unknown) => void): Promise<void> {
    const subscribed = this.#needs.hints.subscribe(chatChannel(stream.chatId), onHint)
    await Promise.race([subscribed, sleep(SUBSCRIBE_MS, undefined, { ref: false })])
    const { seq } = await this.#needs.heads.add(stream.chatId)
    stream.begin(seq ?? 0)
    this.#update(stream)
  }

  #stopOne({ stream, onHint }: Follower): void {
    this.#followers.delete(stream.chatId)
    this.#gaps.forget(stream)
    void this.#needs.hints.unsubscribe(chatChannel(stream.chatId), onHint)
  }

  /** Joining before that would show a new member what was before their time. */
  async #reach(follower: Follower, seq: number): Promise<void> {
    follower.stream.expect(seq)
    this.#update(follower.stream)
    const reached = new Promise<true>((wake) => {
      follower.waiters.push({ seq, wake })
    })
    const isReached = await Promise.race([reached, sleep(CATCH_UP_MS, false, { ref: false })])
    if (!isReached) throw unavailable(new Error('the stream of a chat did not catch up'))
  }

  /** What one turn of the event loop brings goes out together, so that batches can form. */
  #update(stream: ChatStream): void {
    if (this.#dirty.size === 0) {
      setImmediate(() => {
        this.#flush()
      })
    }
    this.#dirty.add(stream)
    if (stream.isBehind) this.#gaps.watch(stream)
  }

  #flush(): void {
    const streams = [...this.#dirty]
    this.#dirty.clear()
    for (const stream of streams) {
      const follower = this.#followers.get(stream.chatId)
      if (follower?.stream !== stream) continue
      const items = stream.takeReady()
      if (items.length > 0) {
        follower.movedAt = performance.now()
        this.#show(stream.chatId, items)
      }
      wakeWaiters(follower)
    }
  }

  /** What was published is from outside: nothing of it may end the process, which serves other chats. */
  #show(chatId: UUID, items: readonly LogItem[]): void {
    try {
      this.#fanOut(chatId, items)
    } catch (err) {
      this.#needs.log.error('Entries of a chat could not be shown', { chatId, err })
    }
  }

  async #withHeads(use: (stream: ChatStream, head: number) => void): Promise<void> {
    const streams = [...this.#followers.values()].map(({ stream }) => stream)
    await Promise.all(
      streams.map(async (stream) => {
        const { seq } = await this.#needs.heads.add(stream.chatId)
        if (seq !== undefined && stream.position !== undefined) use(stream, seq)
      }),
    )
  }
}

function wakeWaiters(follower: Follower): void {
  if (follower.waiters.length === 0) return
  const position = follower.stream.position ?? 0
  follower.waiters = follower.waiters.filter(({ seq, wake }) => {
    if (position >= seq) wake(true)
    return position < seq
  })
}
