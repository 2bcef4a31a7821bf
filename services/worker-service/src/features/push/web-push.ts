import type { Clock } from '@sup/service-kit/clock'
import { ForbiddenTargetError, type OutgoingClient } from '@sup/service-kit/http'
import type { Vapid } from '@sup/service-kit/vapid'
import { PushSubscription } from '@sup/types'
import { encryptForBrowser } from './encrypt-for-browser.js'
import {
  type Push,
  type PushChannel,
  type PushOutcome,
  PUSH_LIFE_SECONDS,
  outcomeOf,
} from './push-channel.js'
import type { PushGate } from './push-gate.js'

const MOST_GATES = 200
const GONE = [404, 410]

/**
 * Pushes to browsers (RFC 8030, 8291, 8292). Every push service has a gate of its own, because browsers bring
 * their addresses: one that hangs holds up nobody else's.
 *
 * @param needs `subject`: how operators of push services reach ours, an `https:` or `mailto:` address.
 */
export function createWebPush(needs: {
  vapid: Vapid
  http: OutgoingClient
  clock: Clock
  subject: string
  newGate: () => PushGate
}): PushChannel {
  const gates = new Map<string, PushGate>()
  const gateOf = (origin: string): PushGate => {
    const gate = gates.get(origin) ?? needs.newGate()
    gates.delete(origin)
    gates.set(origin, gate)
    const [oldest] = gates.keys()
    if (gates.size > MOST_GATES && oldest !== undefined) gates.delete(oldest)
    return gate
  }
  return {
    push(push) {
      const subscription = readSubscription(push.token)
      if (!subscription) return Promise.resolve({ kind: 'invalid' })
      const { origin } = new URL(subscription.endpoint)
      return gateOf(origin)(() => send(needs, subscription, push))
    },
  }
}

function readSubscription(token: string): PushSubscription | undefined {
  try {
    return PushSubscription.safeParse(JSON.parse(token)).data
  } catch {
    return undefined
  }
}

async function send(
  { vapid, http, clock, subject }: Parameters<typeof createWebPush>[0],
  { endpoint, keys }: PushSubscription,
  { payload }: Push,
): Promise<PushOutcome> {
  const body = encryptOrNothing(keys, JSON.stringify(payload))
  if (!body) return { kind: 'invalid' }
  const audience = new URL(endpoint).origin
  const now = clock.now()
  try {
    const { status, headers } = await http.post({
      url: endpoint,
      headers: {
        authorization: vapid.authorization({ audience, subject, now }),
        'content-type': 'application/octet-stream',
        'content-encoding': 'aes128gcm',
        ttl: String(PUSH_LIFE_SECONDS),
        urgency: payload.kind === 'clear' ? 'normal' : 'high',
        // A later push of the same chat takes the place of one that is not delivered yet.
        ...(payload.chatId === undefined ? {} : { topic: topicOf(payload.chatId) }),
      },
      body,
    })
    if (GONE.includes(status)) return { kind: 'invalid' }
    return outcomeOf(status, headers['retry-after'], now)
  } catch (err) {
    if (isForbidden(err)) return { kind: 'refused', reason: 'forbidden_target' }
    throw err
  }
}

/** A key that is no point of the curve cannot be encrypted for. */
function encryptOrNothing(keys: PushSubscription['keys'], plain: string): Buffer | undefined {
  try {
    return encryptForBrowser(keys, plain)
  } catch {
    return undefined
  }
}

/** At most 32 characters of base64url. */
const topicOf = (chatId: string): string =>
  Buffer.from(chatId.replaceAll('-', ''), 'hex').toString('base64url')

const isForbidden = (err: unknown): boolean =>
  err instanceof ForbiddenTargetError ||
  (err instanceof Error && err.cause instanceof ForbiddenTargetError)
