import { systemClock } from '@sup/service-kit/clock'
import { createLogger } from '@sup/service-kit/log'
import { createMetrics } from '@sup/service-kit/metrics'
import { type Redis, createRedis } from '@sup/service-kit/redis'
import { signAccessToken } from '@sup/service-kit/http'
import type { Person, ReceivedEvent, TestDevice, TestSocket, TestSystem } from '@sup/testkit'
import { LogEntry, Message, SocketFailure, createChat, messageEvent } from '@sup/types'
import { randomUUID } from 'node:crypto'
import { PassThrough } from 'node:stream'
import { z } from 'zod'

/** Every device of these people. */
export const devicesOf = (people: readonly Person[]): TestDevice[] =>
  people.flatMap(({ devices }) => Object.values(devices))

/**
 * Makes a managed group (or a direct chat of two) and waits until every connected device of its members was
 * told where its stream begins.
 */
export async function chatOf(
  [creator, ...others]: [Person, ...Person[]],
  type: 'group' | 'direct' = 'group',
): Promise<string> {
  const { id } = await creator.device.call(createChat, {
    body: {
      type,
      encryption: 'managed',
      memberIds: others.map(({ userId }) => userId),
      ...(type === 'group' ? { name: 'a group' } : {}),
    },
  })
  await Promise.all(
    devicesOf([creator, ...others]).map(({ next }) => next('heads', ({ heads }) => id in heads)),
  )
  return id
}

/** Sends a text and resolves with the good acknowledgement. */
export async function say(
  device: TestSocket,
  chatId: string,
  content: string,
  clientMessageId: string = randomUUID(),
): Promise<z.output<typeof messageEvent.ack>> {
  return messageEvent.ack.parse(await device.send('message', { chatId, content, clientMessageId }))
}

/** Sends an event and resolves with the refusal. */
export async function refused(answer: Promise<unknown>): Promise<SocketFailure> {
  return SocketFailure.parse(await answer)
}

const Several = z.object({ chatId: z.uuid(), messages: z.array(Message) })

/** What a socket was shown of a chat's log, one by one, in the order in which it came. */
export function shown(
  events: readonly ReceivedEvent[],
  chatId: string,
): { seq: number; kind: string; text?: string | undefined }[] {
  return events.flatMap(({ name, payload }) => {
    const parts: { seq: number; kind: string; text?: string | undefined; chatId: string }[] = []
    if (name === 'message') parts.push(ofMessage(Message.parse(payload)))
    if (name === 'messages') parts.push(...Several.parse(payload).messages.map(ofMessage))
    if (name === 'entry') parts.push(LogEntry.parse(payload))
    return parts
      .filter((part) => part.chatId === chatId)
      .map(({ seq, kind, text }) => (text === undefined ? { seq, kind } : { seq, kind, text }))
  })
}

const ofMessage = ({ seq, chatId, content }: Message) => ({
  seq,
  chatId,
  kind: 'message',
  text: content,
})

/** The positions only. */
export const positions = (device: TestSocket, chatId: string): number[] =>
  shown(device.events, chatId).map(({ seq }) => seq)

/** The numbers from `from` to `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i)

/** Resolves when `check` no longer throws; looks again after each event of the device. */
export async function eventually(
  device: TestSocket,
  check: () => void | Promise<void>,
): Promise<void> {
  const deadline = Date.now() + 10_000
  for (;;) {
    try {
      await check()
      return
    } catch (err) {
      if (Date.now() > deadline) throw err
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 100)
        device.socket.onAny(function wake() {
          clearTimeout(timer)
          device.socket.offAny(wake)
          resolve()
        })
      })
    }
  }
}

/** The Redis of a system, as a service would use it. */
export function redisOf(system: TestSystem): Redis {
  const sink = new PassThrough().resume()
  return createRedis({
    url: system.redis.url,
    log: createLogger({ service: 'test', level: 'error', sink }),
    metrics: createMetrics({ service: 'test' }),
  })
}

/** A token of a session, signed as main-api does, that lives for this long. */
export const tokenFor = (
  system: TestSystem,
  session: { userId: string; sessionId: string; deviceId: string },
  expiresInSeconds: number,
): string =>
  signAccessToken(session, {
    secret: system.env['JWT_SECRET'] ?? '',
    issuer: 'sup-messenger',
    clock: systemClock,
    expiresInSeconds,
  })
