import { createSealer } from '@sup/service-kit/seal'
import { PUSH_SEAL, type PushTarget, removePushTokens } from '@sup/types'
import type { Needs } from '../../deps.js'
import type { PushChannel, PushOutcome } from './push-channel.js'
import { type Traced, traceStore } from './trace-store.js'

const AT_ONCE = 8
/** After a day a push would only confuse; it is also how long providers keep one. */
const TOO_LATE_MS = 86_400_000

export type DeliverNeeds = Needs<'db' | 'mainApi' | 'push' | 'clock' | 'config' | 'log'>

/** The duty behind pushes: its id is that of the job, its time that of the change. */
export type PushDuty = { id: string; occurredAt: string }

type Settled = 'settled' | 'open' | { invalid: PushTarget }

/**
 * Pushes to each device what it has to be told, once per duty and device, and writes down what became of it. Tokens
 * that their provider does not know any more are removed by main-api.
 *
 * @returns How many pushes have to be tried again, because a provider was busy or down.
 */
export async function deliver(
  needs: DeliverNeeds,
  duty: PushDuty,
  targets: readonly PushTarget[],
): Promise<number> {
  const invalid: PushTarget[] = []
  let open = 0
  const queue = [...targets]
  const work = async (): Promise<void> => {
    for (let target = queue.shift(); target; target = queue.shift()) {
      const settled = await deliverOne(needs, duty, target)
      if (settled === 'open') open += 1
      else if (settled !== 'settled') invalid.push(settled.invalid)
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, work))
  if (invalid.length > 0) {
    const tokens = invalid.map(({ tokenId, tokenHash }) => ({ tokenId, tokenHash }))
    await needs.mainApi.callInternal(removePushTokens, { body: { tokens }, isIdempotent: true })
  }
  return open
}

async function deliverOne(
  needs: DeliverNeeds,
  duty: PushDuty,
  target: PushTarget,
): Promise<Settled> {
  const { provider } = target
  const trace = traceStore(needs.db)
  const push = tracedOf(duty, target)
  const channel = needs.push.channels[provider]
  const reason = target.skip ?? (channel ? undefined : 'no_provider')
  if (reason !== undefined || !channel) {
    await trace.skip(push, reason ?? 'no_provider')
    needs.push.count(provider, 'skipped')
    return 'settled'
  }
  const claimed = await trace.claim(push)
  if (!claimed) return 'settled'
  const stale = claimed.isOld ? 'superseded' : isTooLate(needs, duty) ? 'expired' : undefined
  if (stale !== undefined) {
    await trace.settle(push, 'skipped', stale)
    needs.push.count(provider, 'skipped')
    return 'settled'
  }
  return settle(needs, { push, target }, await pushOne(needs, channel, target))
}

function pushOne(
  needs: DeliverNeeds,
  channel: PushChannel,
  target: PushTarget,
): Promise<PushOutcome> {
  const { platform, payload } = target
  const token = openToken(needs, target)
  if (token === undefined) return Promise.resolve({ kind: 'invalid' })
  return channel.push({ platform, token, payload })
}

async function settle(
  { db, push: pushes }: DeliverNeeds,
  { push, target }: { push: Traced; target: PushTarget },
  outcome: PushOutcome,
): Promise<Settled> {
  const trace = traceStore(db)
  const { provider } = target
  if (outcome.kind === 'sent') {
    await trace.settle(push, 'sent', null)
    pushes.count(provider, 'sent')
    return 'settled'
  }
  if (outcome.kind === 'later') {
    await trace.settle(push, 'queued', outcome.reason)
    pushes.count(provider, 'retried')
    return 'open'
  }
  const reason = outcome.kind === 'invalid' ? 'invalid_token' : outcome.reason
  await trace.settle(push, 'failed', reason)
  pushes.count(provider, outcome.kind === 'invalid' ? 'invalid' : 'failed')
  return outcome.kind === 'invalid' ? { invalid: target } : 'settled'
}

const isTooLate = ({ clock }: DeliverNeeds, { occurredAt }: PushDuty): boolean =>
  clock.now().getTime() - Date.parse(occurredAt) > TOO_LATE_MS

/** Undefined for what another ENCRYPTION_KEY has sealed: the device will bring its token again. */
function openToken({ config, log }: DeliverNeeds, { token }: PushTarget): string | undefined {
  try {
    const sealer = createSealer(config.ENCRYPTION_KEY, PUSH_SEAL)
    return sealer.unseal(Buffer.from(token, 'base64')).toString()
  } catch (err) {
    log.error('A push token cannot be unsealed: was ENCRYPTION_KEY changed?', { err })
    return undefined
  }
}

const tracedOf = ({ id }: PushDuty, { userId, deviceId, payload }: PushTarget): Traced => ({
  dutyId: id,
  userId,
  deviceId,
  kind: payload.kind,
  chatId: payload.chatId ?? null,
  seq: payload.seq ?? null,
})
