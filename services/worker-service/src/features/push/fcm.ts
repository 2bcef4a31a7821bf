import type { Clock } from '@sup/service-kit/clock'
import type { OutgoingAnswer, OutgoingClient } from '@sup/service-kit/http'
import type { PushPayload } from '@sup/types'
import { createGoogleAccess } from './google-access.js'
import {
  type Push,
  type PushChannel,
  type PushOutcome,
  PUSH_LIFE_SECONDS,
  outcomeOf,
} from './push-channel.js'
import type { PushGate } from './push-gate.js'
import type { ServiceAccount } from '../../service-account.js'

const FCM = 'https://fcm.googleapis.com'

/**
 * Pushes to Android and, through Apple, to iOS by FCM HTTP v1.
 *
 * @param needs `baseUrl`: another server, for tests.
 */
export function createFcm(needs: {
  account: ServiceAccount
  http: OutgoingClient
  clock: Clock
  gate: PushGate
  baseUrl?: string | undefined
}): PushChannel {
  const { account, http, clock, gate, baseUrl = FCM } = needs
  const access = createGoogleAccess(needs)
  const url = `${baseUrl}/v1/projects/${account.project_id}/messages:send`

  const send = async (push: Push): Promise<PushOutcome> => {
    const token = await access.token()
    const answer = await http.post({
      url,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ message: messageOf(push) }),
    })
    if (answer.status !== 401) return readOutcome(answer, clock.now())
    access.forget()
    return { kind: 'later', reason: 'unavailable' }
  }
  return { push: (push) => gate(() => send(push)) }
}

function readOutcome({ status, headers, text }: OutgoingAnswer, now: Date): PushOutcome {
  // An app that was removed, or a token of another Firebase project.
  if (/"(UNREGISTERED|SENDER_ID_MISMATCH)"/.test(text) || status === 404) return { kind: 'invalid' }
  return outcomeOf(status, headers['retry-after'], now)
}

function messageOf({ platform, token, payload }: Push): object {
  const { chatId, kind } = payload
  const isUrgent = kind !== 'clear'
  const data = Object.fromEntries(
    Object.entries(payload).map(([name, value]) => [name, String(value)]),
  )
  if (platform === 'ios') return { token, data, apns: apnsOf(payload) }
  return {
    token,
    data,
    android: {
      priority: isUrgent ? 'HIGH' : 'NORMAL',
      ttl: `${PUSH_LIFE_SECONDS}s`,
      ...(chatId === undefined ? {} : { collapse_key: chatId }),
    },
  }
}

/** iOS shows the alert itself; without a sender it is a text of the app, found by its key. */
function apnsOf(payload: PushPayload): object {
  const { chatId, kind, badge, sound, senderName, chatName, text } = payload
  const collapse = chatId === undefined ? {} : { 'apns-collapse-id': chatId }
  if (kind === 'clear') {
    return {
      headers: { 'apns-push-type': 'background', 'apns-priority': '5', ...collapse },
      payload: { aps: { 'content-available': 1, badge } },
    }
  }
  const alert =
    senderName === undefined
      ? { 'loc-key': kind === 'test' ? 'PUSH_TEST' : 'PUSH_NEW_MESSAGE' }
      : {
          title: senderName,
          ...(chatName === undefined ? {} : { subtitle: chatName }),
          ...(text === undefined ? { 'loc-key': 'PUSH_NEW_MESSAGE' } : { body: text }),
        }
  return {
    headers: { 'apns-push-type': 'alert', 'apns-priority': '10', ...collapse },
    payload: {
      aps: {
        alert,
        badge,
        'mutable-content': 1,
        ...(sound === true ? { sound: 'default' } : {}),
        ...(chatId === undefined ? {} : { 'thread-id': chatId }),
      },
    },
  }
}
