import { z } from 'zod'
import { endpoint } from '../contract.js'
import { conflict, invalidInput, notFound } from '../errors.js'
import { Seq, Ts, TsInput, Uuid, none, opaque, str } from '../scalars.js'

const PushProvider = z.enum(['fcm', 'webpush'])
export type PushProvider = z.output<typeof PushProvider>

/** An uncompressed point of P-256, base64url. */
const PublicPoint = z.string().regex(/^[A-Za-z0-9_-]{87}=?$/, 'is not a key of P-256')
const AuthSecret = z.string().regex(/^[A-Za-z0-9_-]{22}(==)?$/, 'is not 16 bytes in base64url')

/** What `PushManager.subscribe` of a browser gives. */
export const PushSubscription = z.object({
  endpoint: z.url({ protocol: /^https?$/ }).max(2048),
  keys: z.object({ p256dh: PublicPoint, auth: AuthSecret }),
})
export type PushSubscription = z.output<typeof PushSubscription>

const PushTokenInput = z.object({
  provider: PushProvider,
  platform: z.enum(['android', 'ios']).optional(),
  token: opaque(1, 4096).optional(),
  subscription: PushSubscription.optional(),
})

const isWhole = ({ provider, platform, token, subscription }: z.output<typeof PushTokenInput>) =>
  provider === 'fcm' ? platform !== undefined && token !== undefined : subscription !== undefined

/** `{ provider: "fcm", platform, token }` or `{ provider: "webpush", subscription }`. */
export const PushTokenBody = PushTokenInput.refine(isWhole, {
  message: 'fcm needs platform and token, webpush needs subscription',
})

export const putPushToken = endpoint({
  method: 'put',
  path: '/api/v1/notifications/push-token',
  summary: 'Where the pushes of this device go, for as long as its session lasts',
  params: none,
  body: PushTokenBody,
  response: z.object({
    id: Uuid,
    provider: PushProvider,
    platform: z.enum(['android', 'ios', 'web']),
  }),
  errors: [conflict, invalidInput],
})

export const deletePushToken = endpoint({
  method: 'delete',
  path: '/api/v1/notifications/push-token',
  summary: 'No more pushes to this device',
  params: none,
  body: none,
  response: none,
  errors: [],
})

const TimeOfDay = z.string().regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is not a time such as 22:30')

const isTimeZone = (name: string): boolean => {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch {
    return false
  }
}

/** Local times between which nothing is pushed; `from` later than `to` spans midnight. */
export const QuietHours = z.object({
  from: TimeOfDay,
  to: TimeOfDay,
  timeZone: str(1, 64).refine(isTimeZone, 'is no time zone such as Europe/Berlin'),
})
export type QuietHours = z.output<typeof QuietHours>

/** How an account wants to be told. */
export const NotificationPreferences = z.object({
  push: z.object({ enabled: z.boolean(), showSender: z.boolean(), sound: z.boolean() }),
  email: z.object({ enabled: z.boolean(), digest: z.enum(['off', 'daily', 'weekly']) }),
  mutedUntil: Ts.nullable(),
  quietHours: QuietHours.nullable(),
})
export type NotificationPreferences = z.output<typeof NotificationPreferences>

export const getPreferences = endpoint({
  method: 'get',
  path: '/api/v1/notifications/preferences',
  summary: 'How the account wants to be told',
  params: none,
  body: none,
  response: NotificationPreferences,
  errors: [],
})

export const updatePreferences = endpoint({
  method: 'patch',
  path: '/api/v1/notifications/preferences',
  summary: 'Change how the account wants to be told; absent members stay',
  params: none,
  body: z.object({
    push: NotificationPreferences.shape.push.partial().optional(),
    email: NotificationPreferences.shape.email.partial().optional(),
    mutedUntil: TsInput.nullable().optional(),
    quietHours: QuietHours.nullable().optional(),
  }),
  response: NotificationPreferences,
  errors: [notFound],
})

export const sendTestPush = endpoint({
  method: 'post',
  path: '/api/v1/notifications/test',
  summary: 'A push to every own device; how it went is in the log',
  params: none,
  body: none,
  response: none,
  success: [202],
  errors: [],
})

export const PushKind = z.enum(['message', 'call', 'clear', 'test'])
export type PushKind = z.output<typeof PushKind>

export const PushState = z.enum(['queued', 'sent', 'failed', 'skipped'])
export type PushState = z.output<typeof PushState>

/** What happened to one push for one device, and why. */
export const PushLogEntry = z.object({
  at: Ts,
  kind: PushKind,
  state: PushState,
  reason: z.string().max(64).optional(),
  chatId: Uuid.optional(),
  seq: Seq.optional(),
})
export type PushLogEntry = z.output<typeof PushLogEntry>

/** By device: the newest hundred of the last 7 days. */
const PushLog = z.array(z.object({ deviceId: Uuid, entries: z.array(PushLogEntry) }))

export const listPushLog = endpoint({
  method: 'get',
  path: '/api/v1/notifications/log',
  summary: 'Why a push came or did not come: the newest hundred per own device, of the last 7 days',
  params: none,
  body: none,
  response: PushLog,
  errors: [],
})

export const readPushLog = endpoint({
  method: 'get',
  path: '/api/v1/admin/users/:userId/push-log',
  summary: 'The same of somebody else, for an administrator who is asked why no push came',
  auth: 'admin',
  params: z.object({ userId: Uuid }),
  body: none,
  response: PushLog,
  errors: [notFound],
})
