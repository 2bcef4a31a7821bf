import { type BreakerState, breakerGauge } from '@sup/service-kit/breaker'
import type { Clock } from '@sup/service-kit/clock'
import { type OutgoingClient, createOutgoingClient } from '@sup/service-kit/http'
import type { Logger } from '@sup/service-kit/log'
import type { Metrics } from '@sup/service-kit/metrics'
import { readVapid } from '@sup/service-kit/vapid'
import type { PushProvider } from '@sup/types'
import type { Config } from '../../config.js'
import { createFcm } from './fcm.js'
import type { PushChannel } from './push-channel.js'
import { createPushGate } from './push-gate.js'
import { readServiceAccount } from '../../service-account.js'
import { createWebPush } from './web-push.js'

const TIMEOUT_MS = 10_000

type Result = 'sent' | 'failed' | 'invalid' | 'retried' | 'skipped'

/** The ways to push; one without credentials is undefined. */
export type PushChannels = {
  channels: Record<PushProvider, PushChannel | undefined>
  count: (provider: PushProvider, result: Result) => void
  close: () => Promise<void>
}

// Spelled out, because `Needs` would make `deps.ts`, which constructs the channels, import itself.
type ChannelNeeds = { config: Config; clock: Clock; log: Logger; metrics: Metrics }

/**
 * Opens the channels that have credentials.
 *
 * @param fcmUrl Another server than Google's, for tests.
 */
export function createPushChannels(needs: ChannelNeeds, fcmUrl?: string): PushChannels {
  const { config, metrics } = needs
  const http = createOutgoingClient({
    timeoutMs: TIMEOUT_MS,
    allowLoopback: config.NODE_ENV !== 'production',
  })
  const total = metrics.counter('sup_push_total', 'Pushes by their outcome', ['provider', 'result'])
  return {
    channels: { fcm: openFcm(needs, http, fcmUrl), webpush: openWebPush(needs, http) },
    count: (provider, result) => {
      total.inc({ provider, result })
    },
    close: () => http.close(),
  }
}

function openFcm(
  { config, clock, log, metrics }: ChannelNeeds,
  http: OutgoingClient,
  baseUrl: string | undefined,
): PushChannel | undefined {
  const account =
    config.FCM_SERVICE_ACCOUNT === undefined
      ? undefined
      : readServiceAccount(config.FCM_SERVICE_ACCOUNT)
  if (!account) return undefined
  const state = metrics.gauge('sup_breaker_state', '0 closed, 1 half-open, 2 open', ['dependency'])
  const onState = (now: BreakerState): void => {
    state.set({ dependency: 'fcm' }, breakerGauge[now])
  }
  onState('closed')
  const gate = createPushGate({ clock, onState, onError: troubleWith(log, 'fcm') })
  return createFcm({ account, http, clock, gate, baseUrl })
}

function openWebPush(
  { config, clock, log }: ChannelNeeds,
  http: OutgoingClient,
): PushChannel | undefined {
  const vapid =
    config.VAPID_PRIVATE_KEY === undefined ? undefined : readVapid(config.VAPID_PRIVATE_KEY)
  if (!vapid) return undefined
  return createWebPush({
    vapid,
    http,
    clock,
    subject: config.PUBLIC_URL,
    newGate: () => createPushGate({ clock, onError: troubleWith(log, 'webpush') }),
  })
}

/** The message of the error is left out: it may name the address of a subscription. */
const troubleWith =
  (log: Logger, provider: PushProvider) =>
  (err: unknown): void => {
    log.warn('A push provider does not do its work', {
      provider,
      error: err instanceof Error ? err.name : 'unknown',
    })
  }
