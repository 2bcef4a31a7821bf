import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import type { HintHandler } from '@sup/service-kit/hints'
import { createMetrics } from '@sup/service-kit/metrics'
import { systemClock } from '@sup/service-kit/clock'
import { createInternalClient } from '@sup/service-kit/http'
import { createLogger } from '@sup/service-kit/log'
import { PassThrough } from 'node:stream'
import { setImmediate as turn } from 'node:timers/promises'
import { Server } from 'socket.io'
import { CHAT, message } from '../../../test/examples.js'
import { Batcher } from '../../batcher.js'
import { createConnections } from '../../connections.js'
import type { Head } from '../../heads-reader.js'
import type { Io } from '../../io.js'
import { createSocketMetrics } from '../../socket-metrics.js'
import { Followers } from './follower-loop.js'

/** Followers whose subscriptions are confirmed, and whose heads are answered, by hand. */
function byHand() {
  const steps: string[] = []
  let confirm: () => void = () => undefined
  let answer: (head: Head) => void = () => undefined
  let publish: HintHandler = () => undefined
  const log = createLogger({ service: 'test', level: 'error', sink: new PassThrough().resume() })
  const io: Io = new Server()
  const followers = new Followers({
    io,
    log,
    connections: createConnections(),
    clock: systemClock,
    metrics: createSocketMetrics(createMetrics({ service: 'test' }), () => 0),
    mainApi: createInternalClient({
      baseUrl: 'http://127.0.0.1:9',
      secret: 'x',
      caller: 'test',
      timeoutMs: 100,
      log,
    }),
    heads: new Batcher({
      maxItems: 1,
      maxWaiting: 10,
      send: () => {
        steps.push('head')
        return new Promise((resolve) => {
          answer = (head) => {
            resolve([head])
          }
        })
      },
    }),
    hints: {
      publish: () => Promise.resolve(true),
      subscribe: (_channel, handler) => {
        steps.push('subscribe')
        publish = handler
        return new Promise((resolve) => {
          confirm = resolve
        })
      },
      unsubscribe: () => {
        steps.push('unsubscribe')
        return Promise.resolve()
      },
      onResubscribed: () => undefined,
      channelCount: () => 0,
    },
    onWritten: () => undefined,
    onReceipt: () => undefined,
    onJump: () => undefined,
  })
  return {
    followers,
    steps,
    confirm: () => {
      confirm()
    },
    answer: (seq: number) => {
      answer({ seq })
    },
    publish: (seq: number) =>
      publish({ type: 'new-message', chatId: CHAT, seq, message: message({ seq }) }, ''),
  }
}

describe('Followers', () => {
  let hand: ReturnType<typeof byHand>
  beforeEach(() => {
    hand = byHand()
  })
  afterEach(() => {
    hand.followers.stop()
  })

  it('reads the head only when the subscription stands, so that nothing falls between', async () => {
    const following = hand.followers.follow(new Map([[CHAT, 0]]))
    await turn()
    await turn()
    expect(hand.steps).toEqual(['subscribe'])
    hand.confirm()
    await turn()
    await turn()
    expect(hand.steps).toEqual(['subscribe', 'head'])
    void hand.publish(8)
    void hand.publish(9)
    hand.answer(8)
    await following
    await turn()
    expect(hand.followers.positionOf(CHAT)).toBe(9)
  })

  it('lets nobody join before the position from which they may see the chat', async () => {
    let hasJoined = false
    const following = hand.followers.follow(new Map([[CHAT, 10]])).then(() => {
      hasJoined = true
    })
    hand.confirm()
    await turn()
    await turn()
    hand.answer(9)
    await turn()
    await turn()
    expect(hasJoined).toBe(false)
    void hand.publish(10)
    await following
    expect(hand.followers.positionOf(CHAT)).toBe(10)
  })

  it('subscribes once for everybody, and leaves with the last', async () => {
    const chats = new Map([[CHAT, 0]])
    const both = [hand.followers.follow(chats), hand.followers.follow(chats)]
    hand.confirm()
    await turn()
    await turn()
    hand.answer(1)
    await Promise.all(both)
    hand.followers.unfollow([CHAT])
    expect(hand.followers.positionOf(CHAT)).toBe(1)
    hand.followers.unfollow([CHAT])
    expect(hand.followers.positionOf(CHAT)).toBeUndefined()
    expect(hand.steps).toEqual(['subscribe', 'head', 'unsubscribe'])
  })
})
