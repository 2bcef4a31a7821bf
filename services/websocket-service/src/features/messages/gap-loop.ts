import { AppError, type InternalClient } from '@sup/service-kit/http'
import type { Logger } from '@sup/service-kit/log'
import { LIMITS, type UUID, notFound } from '@sup/types'
import type { Batcher } from '../../batcher.js'
import type { Head } from '../../heads-reader.js'
import type { SocketMetrics } from '../../socket-metrics.js'
import type { ChatStream } from './chat-stream.js'
import { readGap } from './read-gap.js'

/** How often streams that are behind are looked at, while there are any. */
const WATCH_MS = 25
const RETRY_MS = 1000
const GAPS_AT_ONCE = 8

export type GapNeeds = {
  mainApi: InternalClient
  heads: Batcher<UUID, Head>
  /** A stream has something to give out, or was reset. */
  onProgress: (stream: ChatStream) => void
  /** A stream was taken up at its head: the members of the chat have to sync. */
  onJump: (chatId: UUID, head: number) => void
  log: Logger
  metrics: SocketMetrics
}

/** Repairs the streams that miss something. */
export type GapLoop = {
  /** Looks after a stream that is behind: what is still missing after 50 ms is fetched. */
  watch(stream: ChatStream): void
  forget(stream: ChatStream): void
  stop(): void
}

type Gap = {
  stream: ChatStream
  /** When it is fetched if nothing closes it before, on the monotonic clock. */
  dueAt: number
  isFetching: boolean
}

export function createGapLoop(needs: GapNeeds): GapLoop {
  const gaps = new Map<ChatStream, Gap>()
  let timer: NodeJS.Timeout | undefined
  let fetching = 0

  function look(): void {
    const now = performance.now()
    for (const gap of gaps.values()) {
      if (gap.isFetching) continue
      if (!gap.stream.isBehind) gaps.delete(gap.stream)
      else if (gap.dueAt <= now && fetching < GAPS_AT_ONCE) void repair(gap)
    }
    if (gaps.size === 0) stop()
  }

  async function repair(gap: Gap): Promise<void> {
    const { stream } = gap
    gap.isFetching = true
    fetching += 1
    const pause = await fetchGap(needs, stream)
    fetching -= 1
    gap.isFetching = false
    gap.dueAt = performance.now() + pause
    if (gaps.has(stream)) needs.onProgress(stream)
  }

  function stop(): void {
    clearInterval(timer)
    timer = undefined
  }

  return {
    watch(stream) {
      if (gaps.has(stream)) return
      gaps.set(stream, { stream, dueAt: performance.now() + LIMITS.gapHoldMs, isFetching: false })
      timer ??= setInterval(look, WATCH_MS)
    },
    forget: (stream) => gaps.delete(stream),
    stop() {
      gaps.clear()
      stop()
    },
  }
}

/** @returns After how many milliseconds it may be tried again, should the stream still be behind. */
async function fetchGap(needs: GapNeeds, stream: ChatStream): Promise<number> {
  try {
    if (await readGap(needs.mainApi, stream)) needs.metrics.gapsRepaired.inc({ where: 'websocket' })
    else await jump(needs, stream)
    return LIMITS.gapHoldMs
  } catch (err) {
    if (err instanceof AppError && err.code === notFound.code) stream.reset(stream.last)
    else needs.log.warn('A gap could not be fetched', { chatId: stream.chatId, err })
    return RETRY_MS
  }
}

async function jump(needs: GapNeeds, stream: ChatStream): Promise<void> {
  const { seq } = await needs.heads.add(stream.chatId)
  if (seq === undefined) return
  stream.reset(seq)
  needs.onJump(stream.chatId, seq)
}
